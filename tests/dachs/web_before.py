"""A real nginx or Apache in front of a served DaCHS, on a free port of loopback, with the rules of an export.

    with web_server(server, folder, here, "nginx") as url: ...

`folder` is that of an export, `here` an empty one. Where the program is not installed, the test is skipped, loudly.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import Server, end, free_port, get

from dachsadmin.vosi.export import rules

NGINX = """{user}daemon off; pid {here}/pid; error_log {here}/error.log;
events {{ }}
http {{
  access_log off; client_body_temp_path {here}/body; proxy_temp_path {here}/proxy; fastcgi_temp_path {here}/f;
  uwsgi_temp_path {here}/u; scgi_temp_path {here}/s;
  map_hash_max_size 16384;
  include {folder}/current/nginx.conf;
  server {{
    listen 127.0.0.1:{port};
    location / {{ proxy_pass {dachs}; }}
    include {here}/rules.conf;
  }}
}}
"""
APACHE = """ServerRoot {here}
PidFile {here}/pid
ErrorLog {here}/error.log
Listen 127.0.0.1:{port}
ServerName 127.0.0.1
DefaultRuntimeDir {here}
User nobody
Group nogroup
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule rewrite_module {modules}/mod_rewrite.so
LoadModule headers_module {modules}/mod_headers.so
LoadModule proxy_module {modules}/mod_proxy.so
LoadModule proxy_http_module {modules}/mod_proxy_http.so
<VirtualHost *:{port}>
  AllowEncodedSlashes NoDecode
  ProxyPass / {dachs}/ nocanon
  Include {here}/rules.conf
</VirtualHost>
"""
PACKAGES = {"nginx": "nginx-light", "apache": "apache2-bin"}
MODULES = "/usr/lib/apache2/modules"


@contextlib.contextmanager
def web_server(server: Server, folder: Path, here: Path, program: str) -> Iterator[str]:
    """The root of a web server, as long as the with statement lasts."""
    found = shutil.which({"apache": "apache2"}.get(program, program), path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None:
        pytest.skip(f"there is no {program}; run 'apt-get install {PACKAGES[program]}'")
    port = free_port()
    (here / "rules.conf").write_text({"nginx": rules.nginx, "apache": rules.apache}[program](folder, server.url, ""))
    configuration = here / "server.conf"
    configuration.write_text({"nginx": NGINX, "apache": APACHE}[program].format(
        user="user root;" if os.geteuid() == 0 else "", here=here, folder=folder, port=port, dachs=server.url, modules=MODULES))
    words = {"nginx": ["-p", str(here), "-c", str(configuration), "-e", str(here / "error.log")],
             "apache": ["-X", "-f", str(configuration)]}[program]
    process = subprocess.Popen([found, *words], stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        url = f"http://127.0.0.1:{port}"
        until = time.monotonic() + 20
        while True:
            assert process.poll() is None and time.monotonic() < until, (here / "error.log").read_text()
            with contextlib.suppress(OSError):
                if get(f"{url}/tap/availability").status == 200:
                    break
            time.sleep(0.05)
        yield url
    finally:
        end(process)


def reload_nginx(here: Path) -> None:
    """Have nginx read its configuration anew."""
    os.kill(int((here / "pid").read_text()), signal.SIGHUP)
    time.sleep(0.5)
