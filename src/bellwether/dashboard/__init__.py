"""The built page as files: which there are, how they are sent, what a browser may do with them."""

from bellwether.dashboard._encodings import choose_encoding
from bellwether.dashboard._files import PageFile
from bellwether.dashboard._page import Page
from bellwether.dashboard._policy import CONTENT_POLICY, PAGE_HEADERS

__all__ = ["CONTENT_POLICY", "PAGE_HEADERS", "Page", "PageFile", "choose_encoding"]
