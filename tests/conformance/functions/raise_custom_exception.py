class CustomException(Exception):
    def __init__(self):
        super().__init__()


# No arguments: its message is empty.

def handler(event, context):
    raise CustomException()
