"""How web servers in front of DaCHS answer from an export, and pass on whatever is not in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from dachsadmin.system.gavorc import GavoRc
from dachsadmin.system.generations import CURRENT

BASES = ("tap", "__system__/tap/run")
"""The paths that the TAP service has."""
MAPS = "nginx.conf"
TABLES = "tables.txt"
_SERVICE = f"(?:{'|'.join(BASES)})"
_TABLES = "(?:tables|tableMetadata)"
_PLAIN = re.compile(r"[a-z0-9_.]{1,40}")
"""Names that nginx finds in a hash table, whatever their case; longer ones do not fit into it."""


def prefix(config: GavoRc) -> str:
    """What stands before all paths of DaCHS, such as `/vo`; mostly nothing."""
    root = config.get("web", "nevowRoot").strip("/")
    return f"/{root}" if root else ""


def nginx_maps(folder: Path, paths: Mapping[str, str], *, detail: str, challenge: str) -> str:
    """What belongs into http { } and changes with the tables.

    Who comes from a page of another site, or with a password, gets the headers for that from DaCHS.
    """
    lines = ['map "$request_method$http_origin$http_authorization" $vosi_folder {', f"  default {_quoted(f'{folder}/absent')};",
             *(f"  {method} {_quoted(f'{folder}/{CURRENT}')};" for method in ("GET", "HEAD")), "}",
             "map $args $vosi_set {", "  default absent;", f'  "" {_default(detail)};',
             *(f'  "~^detail={one}$" {one}.xml;' for one in ("min", "max")), "}",
             "map $server_protocol $vosi_challenge {", f"  default {_quoted(challenge)};", "}",
             "map $vosi_name $vosi_table {", "  default absent;",
             *(f"  {_quoted(_key(name))} {path};" for name, path in sorted(paths.items())), "}"]
    return "\n".join(lines) + "\n"


def _default(detail: str) -> str:
    """What DaCHS gives where a request says nothing of detail: [ivoa]VOSITableDetail."""
    return "min.xml" if detail == "min" else "max.xml"


def _key(name: str) -> str:
    """What finds a table: names in any case, but what stands in quotes exactly."""
    if _PLAIN.fullmatch(name):
        return name
    parts = re.split('("[^"]*")', name)
    return "~^" + "".join(re.escape(part) if number % 2 else f"(?i:{re.escape(part)})" if part else ""
                          for number, part in enumerate(parts)) + r"\z"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def apache_tables(paths: Mapping[str, str], *, detail: str) -> str:
    """A RewriteMap of the tables, and of the set that is meant if nothing is said (=); unusual names are left to DaCHS."""
    return f"= {_default(detail)}\n" + "".join(f"{name} {path}\n" for name, path in sorted(paths.items()) if re.fullmatch(r"[a-z0-9_.]+", name))


def nginx(folder: Path, dachs: str, before: str) -> str:
    """What belongs into server { }."""
    locations = "".join(f"""
location ~ "^{re.escape(before)}/{pattern}$" {{
  root $vosi_folder;
  try_files /{file} @vosi_dachs;
  error_page 403 404 405 = @vosi_dachs;
  types {{ }}
  default_type text/xml;
  gzip_static on;
  gzip_vary on;
  add_header Cache-Control no-cache;{more}
}}
""" for pattern, file, more in (
        (f"{_SERVICE}/{_TABLES}", "$vosi_set", ""),
        (f"{_SERVICE}/{_TABLES}/(?<vosi_name>.+)", "$vosi_table", ""),
        (f"{_SERVICE}/capabilities", "capabilities.xml", "\n  add_header WWW-Authenticate $vosi_challenge;")))
    return f"""# Published metadata from {folder} for nginx, the rest from DaCHS at {dachs}.
# Into http {{ }}, for example as /etc/nginx/conf.d/vosi.conf (the first for thousands of tables only):
#   map_hash_max_size 16384;
#   include {_quoted(f'{folder}/{CURRENT}/{MAPS}')};
# Into server {{ }}:
{locations}
location @vosi_dachs {{
  proxy_pass {dachs};
  proxy_set_header Host $http_host;
  proxy_read_timeout 300s;
}}
"""


def apache(folder: Path, dachs: str, before: str) -> str:
    """What belongs into a VirtualHost."""
    here = f"{folder}/{CURRENT}"
    base = f"^{re.escape(before)}/{_SERVICE}/{_TABLES}"
    asked = """RewriteCond %{REQUEST_METHOD} ^(GET|HEAD)$
RewriteCond %{HTTP:Origin}%{HTTP:Authorization} ^$"""
    zipped = "RewriteCond %{HTTP:Accept-Encoding} \\bgzip\\b"
    one = "RewriteCond ${vosi_tables:${vosi_lower:$1}} ^(tables/.+)$"
    parts = [f"""{asked}{accepted}
{condition}
RewriteCond "{here}/%1{suffix}" -f
RewriteRule "{base}{rest}$" "{here}/%1{suffix}" [END]""" for condition, rest in (
        (one, "/(.+)"), ("RewriteCond %{QUERY_STRING} ^$\nRewriteCond ${vosi_tables:=} ^(.+)$", ""),
        ("RewriteCond %{QUERY_STRING}.xml ^detail=((?:min|max)[.]xml)$", "")) for accepted, suffix in (
            (f"\n{zipped}", ".gz"), ("", ""))]
    rewrites = "\n".join(parts)
    return f"""# Published metadata from {folder} for Apache, the rest from DaCHS at {dachs}.
# Into <VirtualHost>, beside what passes everything on: ProxyPass / {dachs}/
# It needs 'a2enmod rewrite headers proxy_http'.
RewriteEngine On
RewriteMap vosi_lower int:tolower
RewriteMap vosi_tables "txt:{here}/{TABLES}"
{rewrites}
<Directory "{folder}">
  Require all granted
  Options FollowSymLinks
  ForceType text/xml
  FileETag MTime Size
  Header set Cache-Control no-cache
  Header append Vary Accept-Encoding
  <FilesMatch "\\.gz$">
    Header set Content-Encoding gzip
  </FilesMatch>
</Directory>
"""
