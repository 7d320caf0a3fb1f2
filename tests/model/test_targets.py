"""Targets: when two spellings are one and the same, and when they are not."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import Refused
from ledger.model.targets import Target, key_text, parse_target, parse_targets, platform_key, possible_keys

CALM = settings(max_examples=100, deadline=None)
PLATFORMS = st.sampled_from(["twitter", "instagram", "youtube", "tiktok", "facebook"])
PLAIN = st.from_regex(r"@?[A-Za-z0-9_]{1,15}", fullmatch=True)
TEXTS = st.one_of(
    PLAIN,
    st.text(min_size=1, max_size=20),
    st.sampled_from(["#", "@", "＠", "hashtag:", "post:", "url:", "https://x.com/", "https://example.com/"]).flatmap(
        lambda start: st.text(max_size=20).map(lambda rest: start + rest)
    ),
)


def keys(texts: list[str], platform: str = "twitter") -> set[str]:
    return {parse_target(text, platform).key for text in texts}


@pytest.mark.parametrize(
    ("key", "spellings"),
    [
        (
            "twitter account kisanektamorcha",
            [
                "@kisanektamorcha",
                "@KisanEktaMorcha",
                "KisanEktaMorcha",
                "＠KisanEktaMorcha",
                "@Kisan\u200bEktaMorcha",
                "\ufeff@KisanEktaMorcha\u200f",
                " @KisanEktaMorcha ",
                "account:@KisanEktaMorcha",
                "ACCOUNT:KisanEktaMorcha",
                "https://twitter.com/KisanEktaMorcha",
                "https://x.com/KisanEktaMorcha/",
                "http://www.twitter.com/kisanektamorcha",
                "https://mobile.twitter.com/KisanEktaMorcha?s=24",
                "https://m.twitter.com/KisanEktaMorcha#top",
                "HTTPS://X.COM/KisanEktaMorcha",
                "account:https://x.com/KisanEktaMorcha",
                "url:https://x.com/KisanEktaMorcha",
            ],
        ),
        (
            "twitter post 1356262353212235776",
            [
                "https://twitter.com/someone/status/1356262353212235776",
                "https://x.com/another/status/1356262353212235776?s=20#x",
                "https://twitter.com/someone/statuses/1356262353212235776/",
                "https://twitter.com/someone/status/1356262353212235776/photo/1",
                "https://twitter.com/i/web/status/1356262353212235776",
                "https://twitter.com/i/status/1356262353212235776",
                "post:https://x.com/someone/status/1356262353212235776",
                "post:1356262353212235776",
                "post:001356262353212235776",
            ],
        ),
        (
            "twitter hashtag modiplanningfarmergenocide",
            [
                "#ModiPlanningFarmerGenocide",
                "＃modiplanningfarmergenocide",
                "hashtag:ModiPlanningFarmerGenocide",
                "hashtag:#ModiPlanningFarmerGenocide",
                "https://twitter.com/hashtag/ModiPlanningFarmerGenocide?src=hash",
            ],
        ),
        (
            "twitter hashtag किसान",
            ["#किसान", "#कि\u200dसान", "https://x.com/hashtag/%E0%A4%95%E0%A4%BF%E0%A4%B8%E0%A4%BE%E0%A4%A8"],
        ),
        ("twitter hashtag café", ["#Café", "#CAFE\u0301", "hashtag:cafe\u0301"]),
        ("twitter hashtag strasse", ["#Straße", "#STRASSE"]),
        (
            "twitter url https://twitter.com/i/lists/1",
            ["https://x.com/i/lists/1", "https://mobile.twitter.com/i/lists/1?a=b#c"],
        ),
        (
            "twitter url https://twitter.com/search",
            ["https://x.com/search?q=farmers", "https://twitter.com/search"],
        ),
        (
            "twitter url https://example.com/a%2Fb?q=%2F#C",
            [
                "https://example.com/a%2fb?q=%2f#C",
                "HTTPS://EXAMPLE.com:443/a%2Fb?q=%2F#C",
                "url:https://example.com./a%2fb?q=%2F#C",
            ],
        ),
        ("twitter url https://example.com/", ["https://example.com", "https://EXAMPLE.com:443/"]),
    ],
)
def test_one_target_has_one_key_however_it_is_spelled(key: str, spellings: list[str]) -> None:
    for spelling in spellings:
        target = parse_target(spelling, "twitter")
        assert target == Target(key, key.split(" ")[1], spelling)


@pytest.mark.parametrize(
    ("platform", "text", "key"),
    [
        ("instagram", "https://www.instagram.com/Some.Name/?hl=en", "instagram account some.name"),
        ("instagram", "@Some.Name", "instagram account some.name"),
        ("instagram", "https://instagram.com/Some.Name", "instagram account some.name"),
        ("instagram", "https://instagram.com/p/CKzAbC-_1/", "instagram post CKzAbC-_1"),
        ("instagram", "https://instagram.com/reel/CKzAbC/", "instagram post CKzAbC"),
        ("instagram", "https://instagram.com/explore/", "instagram url https://instagram.com/explore/"),
        ("youtube", "https://www.youtube.com/@SomeHandle", "youtube account somehandle"),
        ("youtube", "https://www.youtube.com/@%E0%A4%95", "youtube account क"),
        ("youtube", "https://www.youtube.com/watch?t=3&v=dQw4w9WgXcQ", "youtube post dQw4w9WgXcQ"),
        ("youtube", "https://youtu.be/dQw4w9WgXcQ?t=3", "youtube post dQw4w9WgXcQ"),
        ("youtube", "https://m.youtube.com/shorts/dQw4w9WgXcQ", "youtube post dQw4w9WgXcQ"),
        ("youtube", "https://youtube.com/channel/UCabcDEF", "youtube channel UCabcDEF"),
        ("tiktok", "https://www.tiktok.com/@Some.Name", "tiktok account some.name"),
        ("tiktok", "https://www.tiktok.com/@some.name/video/123?x=y", "tiktok post 123"),
        ("facebook", "@Some.Name", "facebook account Some.Name"),
        ("facebook", "SomeName", "facebook account SomeName"),
        ("facebook", "page:SomePage", "facebook page SomePage"),
        ("facebook", "https://x.com/name?s=1", "facebook url https://x.com/name?s=1"),
        ("instagram", "https://x.com/name", "instagram url https://x.com/name"),
        ("facebook", "post:https://facebook.com/a/posts/1", "facebook post https://facebook.com/a/posts/1"),
        ("facebook", "post:001", "facebook post 001"),
        ("facebook", "app:com.example.app", "facebook app com.example.app"),
        ("facebook", "DOMAIN:Example.com", "facebook domain Example.com"),
        ("facebook", "https://example.com:8443/a", "facebook url https://example.com:8443/a"),
        ("facebook", "https://[::1]:443/a", "facebook url https://[::1]/a"),
        ("facebook", "https://BÜCHER.de/a", "facebook url https://bücher.de/a"),
    ],
)
def test_each_platform_is_read_by_its_own_rules_and_no_other(platform: str, text: str, key: str) -> None:
    assert parse_target(text, platform) == Target(key, key.split(" ")[1], text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("@a", "@b"),
        ("@a", "#a"),
        ("post:1", "post:2"),
        ("channel:a", "channel:A"),
        ("https://example.com/a", "https://example.com/A"),
        ("https://example.com/a?b", "https://example.com/a"),
        ("https://example.com/", "http://example.com/"),
        ("https://x.com/search", "@search"),
        ("https://x.com/name/status/abc", "@name"),
        ("https://notx.com/name", "@name"),
        ("https://x.com.example.com/name", "@name"),
        ("https://twm.itter.com/name", "@name"),
    ],
)
def test_what_is_not_surely_the_same_is_kept_apart(one: str, other: str) -> None:
    assert len(keys([one, other])) == 2


OWN_PAGES = (
    "i home search explore settings intent share hashtag messages notifications login signup tos privacy about Home"
)


@pytest.mark.parametrize("segment", OWN_PAGES.split())
def test_a_page_of_the_platforms_own_is_no_account(segment: str) -> None:
    assert parse_target(f"https://x.com/{segment}", "twitter").kind == "url"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\u200b",
        "@",
        "＠\u200b",
        "#",
        "##",
        "hashtag:",
        "account:",
        "account:@",
        "channel:",
        "any:thing",
        "ALL:accounts",
        "two words",
        "@two words",
        "@a\nb",
        "@a\tb",
        "@a\x00b",
        "@a\u00a0b",
        "@a\u2028b",
        "@\ud800",
        "#a b",
        "https://",
        "https:///path",
        "https://[::1",
        "https://x.com:99999/a",
        "https://x.com/hashtag/a%20b",
        "https://x.com/hashtag/a%00b",
        "https://x.com/hashtag/%23",
        "account:https://x.com/a/status/1",
        "post:https://x.com/name",
        "hashtag:https://x.com/name",
        "a" * 2_049,
        "@é" + "a" * 2_048,
        "https://example.com/" + "a" * 2_048,
    ],
    ids=lambda text: ascii(text[:40]),
)
def test_what_cannot_be_a_target_is_refused_by_name_in_one_printable_line(text: str) -> None:
    with pytest.raises(Refused, match=r"^targets: ") as caught:
        parse_target(text, "twitter")
    message = str(caught.value)
    assert ascii(text[:40])[1:-1].split("\\")[0] in message
    assert message.isprintable()
    assert len(message) < 250
    with pytest.raises(Refused):
        parse_targets(["@fine", text], "twitter")


def test_the_longest_name_is_taken() -> None:
    assert parse_target("@" + "a" * 2_048, "twitter").kind == "account"
    assert len(parse_targets(["a" * 2_048, "b" * 2_048], "twitter")) == 2


def test_the_same_key_twice_is_one_target_as_it_was_first_given() -> None:
    texts = ["@B", "@a", "https://x.com/b", "b", "@c"]
    assert [target.text for target in parse_targets(texts, "twitter")] == ["@B", "@a", "@c"]
    assert [target.text for target in parse_targets(["@B", "b", "@c"], "twitter")] == ["@B", "@c"]


def test_the_same_list_read_again_is_the_same_whatever_was_done_with_it_before() -> None:
    texts = ["@one", "#two"]
    read = parse_targets(texts, "twitter")
    first = list(read)
    read.clear()
    assert parse_targets(texts, "twitter") == first
    texts[0] = "@three"
    assert [target.text for target in parse_targets(texts, "twitter")] == ["@three", "#two"]
    assert [target.key for target in parse_targets(["@One"], "twitter")] != [
        target.key for target in parse_targets(["@One"], "github")
    ]


def test_no_targets_are_none() -> None:
    assert parse_targets([], "twitter") == []


def test_a_line_break_never_makes_two_targets_of_one_text() -> None:
    with pytest.raises(Refused, match="white space"):
        parse_targets(["@a\n@b", "@c"], "twitter")


@given(
    texts=st.lists(st.one_of(PLAIN, st.sampled_from(["@a", "A", "#a", "https://x.com/a", "post:1"]))),
    platform=PLATFORMS,
)
@CALM
def test_a_list_is_read_as_its_targets_are_one_by_one(texts: list[str], platform: str) -> None:
    first: dict[str, Target] = {}
    for text in texts:
        target = parse_target(text, platform)
        first.setdefault(target.key, target)
    assert parse_targets(texts, platform) == list(first.values())


@given(text=TEXTS, platform=PLATFORMS)
@settings(max_examples=300, deadline=None)
def test_any_text_is_refused_or_gets_a_key_without_anything_unseen(text: str, platform: str) -> None:
    try:
        target = parse_target(text, platform)
    except Refused:
        return
    place, kind, name = target.key.split(" ", 2)
    assert (place, kind, target.text) == (platform, target.kind, text)
    assert name
    assert not any(char.isspace() or unicodedata.category(char) in ("Cc", "Cf", "Cs") for char in name)
    assert kind not in ("any", "all")


@given(text=TEXTS, platform=PLATFORMS)
@settings(max_examples=300, deadline=None)
def test_a_key_as_people_write_it_is_the_same_target_again(text: str, platform: str) -> None:
    try:
        key = parse_target(text, platform).key
    except Refused:
        return
    _, kind, name = key.split(" ", 2)
    # A post or account known by its URL alone is shown by that URL.
    if "://" not in name and kind != "url":
        assert parse_target(key_text(key), platform).key == key
    assert parse_target(f"{kind}:{name}", platform).key == key


@given(name=st.text(alphabet=st.characters(categories=["L", "N", "M"]), min_size=1, max_size=12))
@CALM
def test_forms_of_the_same_letters_are_one_name(name: str) -> None:
    for sign in "@#":
        forms = [unicodedata.normalize("NFC", name), unicodedata.normalize("NFD", name), "\u200b".join(name)]
        assert len(keys([sign + form for form in forms])) == 1


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Twitter", "twitter"),
        ("X", "twitter"),
        ("x.com", "twitter"),
        ("Twitter.com", "twitter"),
        ("x-twitter", "twitter"),
        ("Twitter/X", "twitter"),
        ("X (formerly Twitter)", "twitter"),
        ("Ｘ", "twitter"),
        ("\u200bX ", "twitter"),
        ("Facebook", "facebook"),
        ("Koo  App", "koo-app"),
        ("ShareChat\u2003India", "sharechat-india"),
        ("VKontakte", "vkontakte"),
    ],
)
def test_a_platform_has_one_name(name: str, key: str) -> None:
    assert platform_key(name) == key


@pytest.mark.parametrize("name", ["", " ", "\u200b", "a\tb", "a\nb", "a\x00", "\ud800"])
def test_what_is_no_name_of_a_platform_is_refused(name: str) -> None:
    with pytest.raises(Refused, match=r"^platform: ") as caught:
        platform_key(name)
    assert str(caught.value).isprintable()


@given(name=st.text(max_size=12))
@CALM
def test_the_name_of_a_platform_has_no_space_and_stays_what_it_is(name: str) -> None:
    try:
        key = platform_key(name)
    except Refused:
        return
    assert not any(char.isspace() for char in key)
    assert platform_key(key) == key


def test_a_target_is_looked_up_under_every_platform_it_may_be_on() -> None:
    assert possible_keys("https://x.com/Name", ["twitter", "facebook", "twitter"]) == [
        "twitter account name",
        "facebook url https://x.com/Name",
        "facebook account https://x.com/Name",
        "facebook post https://x.com/Name",
    ]


def test_a_platform_under_which_a_target_cannot_be_read_does_not_hide_the_others() -> None:
    text = "account:https://x.com/a/status/1"
    assert possible_keys(text, ["twitter", "facebook"]) == ["facebook account https://x.com/a/status/1"]
    with pytest.raises(Refused):
        possible_keys(text, ["twitter"])
    assert possible_keys("@a", []) == []


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("twitter account name", "@name"),
        ("twitter hashtag tag", "#tag"),
        ("twitter post 1", "post:1"),
        ("facebook url https://example.com/a", "https://example.com/a"),
        ("youtube channel UCabc", "channel:UCabc"),
    ],
)
def test_a_key_is_shown_as_people_write_it(key: str, text: str) -> None:
    assert key_text(key) == text
