# SPDX-License-Identifier: Apache-2.0
"""Says who it is and what it greets with."""

import getpass, http.server, json, os, sys, urllib.request

PORT = 8000


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        with open("templates/page.html") as file:
            template = file.read().strip()
        body = {"greeting": os.environ.get("GREETING", "hello"), "user": getpass.getuser(), "template": template}
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())


def main():
    if "--check" in sys.argv:
        urllib.request.urlopen(f"http://127.0.0.1:{PORT}/", timeout=2)
        return
    try:
        http.server.ThreadingHTTPServer(("", PORT), Handler).serve_forever()
    except KeyboardInterrupt:
        pass


main()
