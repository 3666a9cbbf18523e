"""JupyterLab for the browser tests: no token, an empty folder, nothing of the user's own."""

import os

from jupyterlab.galata import configure_jupyter_server

configure_jupyter_server(c)  # noqa: F821 - Jupyter puts `c` here

c.ServerApp.ip = "127.0.0.1"  # noqa: F821
c.ServerApp.port = int(os.environ["SPREADLAB_UI_PORT"])  # noqa: F821
c.ServerApp.base_url = os.environ.get("SPREADLAB_UI_BASE_URL", "/")  # noqa: F821
c.ServerApp.allow_root = True  # noqa: F821
c.LabApp.news_url = None  # noqa: F821
c.JupyterNotebookApp.expose_app_in_browser = True  # noqa: F821
