def handler(event, context):
    return '"HelloWorld!"'.encode()
