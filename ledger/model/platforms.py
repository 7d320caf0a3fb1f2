"""What the URLs of known platforms stand for: an account, a post, a hashtag."""

from __future__ import annotations

import re
from typing import Final

# Where account names compare without case.
WITHOUT_CASE: Final = frozenset(("twitter", "instagram", "youtube", "tiktok"))

_HOSTS: Final = {
    "twitter": frozenset(("twitter.com", "x.com")),
    "instagram": frozenset(("instagram.com",)),
    "youtube": frozenset(("youtube.com", "youtu.be")),
    "tiktok": frozenset(("tiktok.com",)),
}
_PREFIX: Final = re.compile(r"\A(?:www|mobile|m)\.")
_TWITTER_POST: Final = re.compile(r"/(?:[^/]+|i/web)/status(?:es)?/([0-9]+)(?:/.*)?\Z")
_TWITTER_NAMES: Final = re.compile(r"/([A-Za-z0-9_]+)/?\Z")
# fmt: off
_TWITTER_OWN: Final = frozenset((
    "i", "home", "search", "explore", "settings", "intent", "share", "hashtag", "messages", "notifications",
    "login", "signup", "logout", "tos", "privacy", "about", "compose", "download", "account", "jobs", "help",
    "who_to_follow",
))
# fmt: on
_INSTAGRAM_OWN: Final = "p|reel|reels|tv|explore|stories|accounts|direct|about"
_FORMS: Final = {
    "instagram": (
        ("post", re.compile(r"/(?:p|reel|tv)/([A-Za-z0-9_-]+)/?\Z")),
        ("account", re.compile(rf"/(?!(?:{_INSTAGRAM_OWN})/?\Z)([A-Za-z0-9_.]+)/?\Z")),
    ),
    "youtube": (
        ("account", re.compile(r"/@([^/]+)/?\Z")),
        ("channel", re.compile(r"/channel/([A-Za-z0-9_-]+)/?\Z")),
        ("post", re.compile(r"/(?:shorts|live|embed)/([A-Za-z0-9_-]+)/?\Z")),
    ),
    "tiktok": (
        ("account", re.compile(r"/@([^/]+)/?\Z")),
        ("post", re.compile(r"/@[^/]+/video/([0-9]+)/?\Z")),
    ),
}


def read_platform_url(platform: str, host: str, path: str, query: str) -> tuple[str, str] | None:
    """Return the kind and name that a platform's own URL stands for; None for the URL of anything else.

    Names come with their percent-escapes, as they stand in the path.
    """
    hosts = _HOSTS.get(platform)
    bare = _PREFIX.sub("", host, count=1)
    if hosts is None or bare not in hosts:
        return None
    if platform == "twitter":
        return _twitter(path)
    if platform == "youtube":
        video = re.search(r"(?:^|&)v=([A-Za-z0-9_-]+)", query) if path == "/watch" else None
        if bare == "youtu.be":
            video = re.match(r"/([A-Za-z0-9_-]+)/?\Z", path)
        if video:
            return "post", video[1]
    for kind, form in _FORMS[platform]:
        match = form.match(path)
        if match:
            return kind, match[1]
    return None


def _twitter(path: str) -> tuple[str, str]:
    post = _TWITTER_POST.match(path)
    if post:
        return "post", post[1].lstrip("0") or "0"
    tag = re.match(r"/hashtag/([^/]+)/?\Z", path)
    if tag:
        return "hashtag", tag[1]
    name = _TWITTER_NAMES.match(path)
    if name and name[1].lower() not in _TWITTER_OWN:
        return "account", name[1]
    return "url", f"https://twitter.com{path or '/'}"
