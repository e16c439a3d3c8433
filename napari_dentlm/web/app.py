"""The script that Streamlit runs anew for every session and every click."""

import sys

from napari_dentlm.web.page import show_page
from napari_dentlm.web.settings import PageSettings

show_page(PageSettings.from_argument(sys.argv[1]))
