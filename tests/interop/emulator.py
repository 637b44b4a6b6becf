"""Somebody else's AWS on loopback: `emulator.py moto` or `emulator.py localstack`.

It prints its endpoint once it answers, and ends with its stdin. What it says itself goes to stderr.
"""

import os
import socket
import sys
import threading
import time

HOST = "127.0.0.1"


def moto(ready):
    from moto.core.config import default_user_config
    from moto.server import ThreadedMotoServer

    # Without it, every execution is RUNNING for ever.
    default_user_config["stepfunctions"] = {"execute_state_machine": True}
    server = ThreadedMotoServer(ip_address=HOST, port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    # It calls itself, and looks for its port when it does.
    os.environ["MOTO_PORT"] = str(port)
    ready(port)
    threading.Event().wait()


def free_port():
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return listener.getsockname()[1]


def begin_again():
    """In this process's place: its id, its stdin and its stdout stay."""
    os.execv(sys.executable, [sys.executable, *sys.argv])


def localstack(ready):
    # It wants to know its port when it is loaded, long before it listens; meanwhile another process may have it.
    port = free_port()
    os.environ.update(
        GATEWAY_LISTEN=f"{HOST}:{port}",
        LOCALSTACK_HOST=f"{HOST}:{port}",
        DNS_ADDRESS="0",
        # Nothing is asked of the internet.
        DISABLE_EVENTS="1",
        SKIP_SSL_CERT_DOWNLOAD="1",
    )
    from localstack.runtime import current, main
    from localstack.runtime.server.twisted import TwistedRuntimeServer
    from localstack.utils import ssl
    from rolo.serving.twisted import TwistedGateway
    from twisted.internet import endpoints, error, reactor

    def register(_self, gateway, listen, _ssl_creds=None):
        """Its own binds all interfaces, whatever GATEWAY_LISTEN says."""
        for at in listen:
            endpoint = endpoints.TCP4ServerEndpoint(reactor, at.port, interface=at.host)
            endpoint.listen(TwistedGateway(gateway)).addErrback(taken)

    def taken(failure):
        failure.trap(error.CannotListenError)
        begin_again()

    def wait_until_ready():
        while True:
            try:
                return current.get_current_runtime().ready.wait()
            except ValueError:
                time.sleep(0.05)

    TwistedRuntimeServer.register = register
    # It is not asked over TLS, and its certificates are made by a method that pyOpenSSL has removed.
    ssl.create_ssl_cert = lambda serial_number=None: (None, None, None)
    threading.Thread(target=lambda: (wait_until_ready(), ready(port)), daemon=True).start()
    main.main()


def serve(emulator):
    said, sys.stdout = sys.stdout, sys.stderr
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    emulator(lambda port: print(f"http://{HOST}:{port}", file=said, flush=True))


if __name__ == "__main__":
    serve({"moto": moto, "localstack": localstack}[sys.argv[1]])
