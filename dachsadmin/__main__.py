"""`python3 -m dachsadmin`."""

import sys

from dachsadmin.cli.main import main

sys.exit(main())
