from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Refused
from ledger.exchange.published.layout import TableMap, read_table_map
from ledger.exchange.published.periods import read_span
from ledger.exchange.published.totals import read_published
from ledger.exchange.published.values import read_figure
from ledger.model.periods import parse_period
from ledger.reports.reconciling.bounds import Bounds, exactly
from ledger.reports.reconciling.claims import Claim, Published

LONG = "Period,Country,Measure,Value\n"


def read(text: str, layout: TableMap | None = None) -> Published:
    return read_published("t.csv", io.BytesIO(text.encode()), layout, "account")


def claim_of(row: str) -> Claim:
    (claim,) = read(LONG + row).claims
    return claim


def table_map(folder: Path, text: str) -> TableMap:
    path = folder / "map.toml"
    path.write_text(text, encoding="utf-8")
    return read_table_map(path)


# --- Periods


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2021", "2021-01-01", "2021-12-31"),
        ("2021-H1", "2021-01-01", "2021-06-30"),
        ("H2 2021", "2021-07-01", "2021-12-31"),
        ("Q4 2021", "2021-10-01", "2021-12-31"),
        ("2021-02", "2021-02-01", "2021-02-28"),
        ("2021-W05", "2021-02-01", "2021-02-07"),
        ("2021-02-01", "2021-02-01", "2021-02-01"),
        ("2021-01-01/2021-06-30", "2021-01-01", "2021-06-30"),
        ("2021-01-01 to 2021-06-30", "2021-01-01", "2021-06-30"),
        ("Jan - Jun 2021", "2021-01-01", "2021-06-30"),
        ("July 2020 – June 2021", "2020-07-01", "2021-06-30"),
        ("Feb. 2020", "2020-02-01", "2020-02-29"),
    ],
)
def test_a_period_is_the_days_that_its_words_can_only_mean(text: str, first: str, last: str) -> None:
    assert read_span(text) == (text, parse_period(first).begin, parse_period(last).end)


@pytest.mark.parametrize(
    "text",
    ["", "21", "2020-2021", "2020/21", "FY2021", "H3 2021", "01/02/2021", "2021-06-30/2021-01-01", "Feb to Jan 2021", "2021-13",
     "Jan 2020 2021", "2021-02/2021-03", "Q1", "0021"],
)  # fmt: skip
def test_a_period_that_could_be_several_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        read_span(text)


def test_a_period_that_cannot_be_read_is_not_compared_and_says_line_and_column() -> None:
    one, other = read(LONG + "2021,IN,orders,1\n2020/21,IN,orders,1\n").claims
    assert (one.why, one.value, one.placed) == ("", exactly(1), True)
    assert other.why.startswith("line 3, column 'Period': '2020/21' is no period")
    assert (other.unread, other.value, other.placed) == (("period",), None, False)
    assert other.period == ("2020/21", 0, 0)


@pytest.mark.parametrize("text", ["Total 2021", "TOTAL (2021)", "2021 total"])
def test_the_total_of_a_year_is_no_total_over_all_periods(text: str) -> None:
    assert claim_of(f"{text},IN,orders,1").unread == ("period",)


def test_two_spellings_of_one_period_are_one_period() -> None:
    claims = read(LONG + "2021-H1,IN,orders,1\nJan-Jun 2021,FR,orders,1\n").claims
    assert {claim.period for claim in claims} == {read_span("2021-H1")}


# --- Figures


@pytest.mark.parametrize(
    ("text", "bounds"),
    [
        ("1,038", exactly(1038)),
        ("107 (75)", exactly(107)),
        ("38*", exactly(38)),
        ("0-99", Bounds(Fraction(0), Fraction(99))),
        ("100 – 199", Bounds(Fraction(100), Fraction(199))),
        ("1,000 to 1,499*", Bounds(Fraction(1000), Fraction(1499))),
        ("<100", Bounds(Fraction(0), Fraction(99))),
        ("fewer than 100", Bounds(Fraction(0), Fraction(99))),
        ("up to 100", Bounds(Fraction(0), Fraction(100))),
        ("≤100", Bounds(Fraction(0), Fraction(100))),
        ("100+", Bounds(Fraction(100), None)),
        ("more than 100", Bounds(Fraction(101), None)),
        ("≥100", Bounds(Fraction(100), None)),
        ("nearly 1,200", exactly(1200)._replace(about=True)),
        ("some", Bounds(Fraction(0), None)),
        ("38%", Bounds(Fraction(375, 1000), Fraction(385, 1000), open=True)),
        ("38.0 %", Bounds(Fraction(3795, 10000), Fraction(3805, 10000), open=True)),
        ("0%", Bounds(Fraction(0), Fraction(5, 1000), open=True)),
        ("<5%", Bounds(Fraction(0), Fraction(5, 100), open=True)),
        ("at most 5%", Bounds(Fraction(0), Fraction(5, 100))),
        ("≤5%", Bounds(Fraction(0), Fraction(5, 100))),
        (">5%", Bounds(Fraction(5, 100), None)),
        ("<0%", Bounds(Fraction(0), Fraction(0))),
        ("-", None),
        ("", None),
        ("N/A", None),
    ],
)
def test_a_figure_is_as_exact_as_it_is_written(text: str, bounds: Bounds | None) -> None:
    assert read_figure(text).value == bounds


@given(st.integers(0, 10**9))
def test_a_whole_number_is_itself_with_and_without_marks(n: int) -> None:
    assert read_figure(str(n)).value == read_figure(f"{n:,}").value == exactly(n)


@given(st.integers(0, 1000), st.integers(1, 1000))
def test_the_rounded_share_of_two_numbers_holds_them(part: int, whole: int) -> None:
    share = Fraction(min(part, whole), whole)
    for places in (0, 1, 2):
        # Half is rounded to the even digit here, and tables round it up: either edge may be out.
        written = read_figure(f"{float(share * 100):.{places}f}%").value
        assert written is not None
        assert written.low <= share <= (written.high or 0)


def test_a_stated_figure_that_is_no_whole_number_is_not_compared() -> None:
    claim = claim_of("2021,IN,orders,3.5")
    assert claim.value is None
    assert "whole number" in claim.why


@pytest.mark.parametrize("text", ["3x", "99-0", "1-2-3", "12 apples", "1O"])
def test_a_cell_that_holds_no_figure_is_not_compared_and_says_line_and_column(text: str) -> None:
    claim = claim_of(f"2021,IN,orders,{text}")
    assert claim.why.startswith("line 2, column 'Value': ")
    assert (claim.unread, claim.value, claim.text, claim.placed) == (("value",), None, text, True)


def test_what_stands_beside_a_figure_is_said() -> None:
    assert claim_of("2021,IN,orders,107 (75)").note == "(75) beside it is not compared"


# --- The long form


def test_the_long_form_is_read_whatever_the_case_and_order_of_its_columns() -> None:
    (claim,) = read("VALUE, measure ,COUNTRY,period\n7,Accounts_Specified,United Kingdom,2021\n").claims
    assert (claim.name, claim.key, claim.value) == ("accounts specified", (("jurisdiction", "GB"),), exactly(7))
    assert (claim.lines, claim.column) == ((2,), "VALUE")


@pytest.mark.parametrize("cell", ["", "TOTAL", " Totals: ", "Gesamt", "Total*", "Grand Total¹", "TOTAL (2021)"])
def test_an_empty_key_or_a_word_for_a_total_is_a_total(cell: str) -> None:
    claim = claim_of(f"2021,{cell},orders,1")
    assert claim.keys == (("jurisdiction", None),)
    assert claim.key == ()


def test_a_total_over_the_periods_has_no_period() -> None:
    assert claim_of("TOTAL,IN,orders,1").period is None


def test_a_country_that_is_none_is_not_compared_and_says_line_and_column() -> None:
    claim = claim_of("2021,Atlantis,orders,1")
    assert claim.why.startswith("line 2, column 'Country': 'Atlantis' is no country")
    assert (claim.unread, claim.value, claim.key) == (("jurisdiction",), None, (("jurisdiction", "Atlantis"),))


def test_all_that_cannot_be_read_in_a_row_is_said() -> None:
    claim = claim_of("never,Atlantis,,many of them")
    assert claim.unread == ("period", "jurisdiction", "measure", "value")
    assert [part.partition(":")[0] for part in claim.why.split("; line")] == [
        "line 2, column 'Period'",
        " 2, column 'Country'",
        " 2, column 'Measure'",
        " 2, column 'Value'",
    ]


def test_a_name_that_may_be_a_total_is_taken_for_neither_until_the_mapping_says_which(tmp_path: Path) -> None:
    section = '[reconcile]\nperiod = "y"\nauthority = "who"\nmeasures = { n = "orders" }\n[table]\n'
    text = "y,who,n\n2021,Total Energies,2\n"
    (unsure,) = read(text, table_map(tmp_path, section)).claims
    assert "may say that the row is a total, or be a name" in unsure.why
    (name,) = read(text, table_map(tmp_path, section + 'not_totals = ["Total Energies"]\n')).claims
    assert (name.key, name.why) == ((("authority", "Total Energies"),), "")
    (total,) = read(text, table_map(tmp_path, section + 'totals = ["Total Energies"]\n')).claims
    assert (total.key, total.why) == ((), "")


def test_a_sum_over_rows_of_which_one_cannot_be_read_states_nothing(tmp_path: Path) -> None:
    layout = table_map(
        tmp_path, '[reconcile]\nperiod = "y"\ncountry = "c"\nmeasures = { n = "orders" }\nadd_over = "type"\n'
    )
    claims = read("y,c,type,n\n2021,IN,law,2\n2021,IN,rules,1O\n2021,Atlantis,law,3\n", layout).claims
    assert [(claim.lines, claim.value, claim.unread) for claim in claims] == [
        ((2, 3), None, ("value",)),
        ((4,), None, ("jurisdiction",)),
    ]
    assert claims[0].why.startswith("line 3, column 'n': '1O'")


def test_rows_are_not_added_up_where_one_stands_twice_and_stay_parts_where_others_have_totals(tmp_path: Path) -> None:
    layout = table_map(
        tmp_path, '[reconcile]\nperiod = "y"\ncountry = "c"\nmeasures = { n = "orders" }\nadd_over = "type"\n'
    )
    twice = read("y,c,type,n\n2021,IN,a,3\n2021,IN,A,3\n2021,GB,a,9\n", layout).claims
    assert [claim.lines for claim in twice] == [(2,), (3,), (4,)]
    assert [claim.why == "" for claim in twice] == [False, False, True]
    mixed = read("y,c,type,n\n2021,IN,a,3\n2021,IN,TOTAL,3\n2021,GB,a,9\n2021,GB,b,1\n", layout).claims
    assert [(claim.lines, claim.apart[0][1]) for claim in mixed] == [
        ((2,), "a"), ((3,), None), ((4,), "a"), ((5,), "b"), ((4, 5), None),
    ]  # fmt: skip


def test_a_key_is_a_country_where_most_are_and_an_authority_otherwise() -> None:
    head = "period,key,measure,value\n2021,IN,orders,1\n"
    countries = read(head)
    assert countries.claims[0].key == (("jurisdiction", "IN"),)
    assert countries.notes == ("the column key is read as the jurisdiction",)
    # One cell does not make authorities of a column of countries.
    one_other = read(f"{head}2021,FR,orders,1\n2021,Atlantis,orders,1\n2021,Total*,orders,2\n")
    assert [(claim.keys[0], bool(claim.why)) for claim in one_other.claims] == [
        (("jurisdiction", "IN"), False),
        (("jurisdiction", "FR"), False),
        (("jurisdiction", "Atlantis"), True),
        (("jurisdiction", None), False),
    ]
    mixed = read(f"{head}2021,MeitY,orders,1\n")
    assert [claim.key for claim in mixed.claims] == [(("authority", "IN"),), (("authority", "MeitY"),)]


def test_a_measure_that_the_ledger_lacks_is_kept_with_what_may_have_been_meant() -> None:
    claim = claim_of("2021,IN,acounts specified,1")
    assert claim.measure is None
    assert claim.why == "'acounts specified' is no measure of the ledger: did you mean 'accounts specified'?"


def test_columns_that_are_not_read_are_said() -> None:
    published = read("period,country,measure,value,remark\n2021,IN,orders,1,x\n")
    assert published.notes == ("not read: the column 'remark'",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("period,value\n2021,1\n", "has no column measure"),
        ("period,country,jurisdiction,measure,value\n2021,IN,IN,orders,1\n", "has both country and jurisdiction"),
        (LONG, "states no figures"),
        ("", "holds no table"),
        ("period,country,measure,value,value\n2021,IN,orders,1,2\n", "has 2 columns 'value'"),
    ],
)
def test_a_table_that_is_no_table_of_totals_is_refused(text: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        read(text)


# --- Other tables, by a mapping


def test_a_wide_table_has_a_claim_for_each_column_of_each_row(tmp_path: Path) -> None:
    layout = table_map(
        tmp_path,
        '[reconcile]\nperiod = "Year"\ncountry = "Country "\n'
        'measures = { Requests = "orders", "Accounts" = "accounts specified", Pages = false }\n',
    )
    claims = read("Country,Year,Requests,Accounts,Pages\nIndia,2021,2,1435,3\n", layout).claims
    assert [(claim.name, claim.text) for claim in claims] == [
        ("orders", "2"),
        ("accounts specified", "1435"),
        ("Pages", "3"),
    ]
    assert [claim.why for claim in claims] == ["", "", "the mapping names no measure of the ledger for it"]


def test_columns_may_say_their_own_period_and_country(tmp_path: Path) -> None:
    layout = table_map(
        tmp_path,
        '[reconcile]\nauthority = "Who"\nmeasures = { "2020" = { measure = "orders", period = 2020, country = "in" }, '
        'Sum = { measure = "orders", period = "total" } }\n',
    )
    one, total = read("Who,2020,Sum\nMeitY,4,9\n", layout).claims
    assert (one.period, dict(one.keys)) == (read_span("2020"), {"jurisdiction": "IN", "authority": "MeitY"})
    assert (total.period, dict(total.keys)) == (None, {"authority": "MeitY"})


def test_rows_that_differ_in_what_is_added_over_are_one_claim(tmp_path: Path) -> None:
    layout = table_map(
        tmp_path, '[reconcile]\nperiod = "y"\ncountry = "c"\nmeasures = { n = "orders" }\nadd_over = ["type"]\n'
    )
    claims = read("y,c,type,n\n2021,CN,law,2\n2021,HK,law,1\n2021,CN,rules,3\n", layout).claims
    assert [(claim.lines, claim.text, claim.value) for claim in claims] == [
        ((2, 4), "2 + 3", exactly(5)),
        ((3,), "1", exactly(1)),
    ]
    # A total that the table states itself is taken instead.
    stated = read("y,c,type,n\n2021,CN,law,2\n2021,CN,rules,3\n2021,CN,TOTAL,6\n", layout).claims
    assert [(claim.text, bool(claim.why)) for claim in stated] == [("2", True), ("3", True), ("6", False)]


def test_a_sum_with_a_part_that_is_not_stated_says_only_how_much_it_is_at_least(tmp_path: Path) -> None:
    layout = table_map(tmp_path, '[reconcile]\nperiod = "y"\nmeasures = { n = "orders" }\nadd_over = "type"\n')
    (claim,) = read("y,type,n\n2021,law,2\n2021,rules,-\n", layout).claims
    assert (claim.text, claim.value) == ("2 + -", Bounds(Fraction(2), None))


def test_what_the_ledger_does_not_tell_apart_is_not_compared_and_its_total_is(tmp_path: Path) -> None:
    layout = table_map(tmp_path, '[reconcile]\nperiod = "y"\nmeasures = { n = "orders" }\napart = ["type"]\n')
    claims = read("y,type,n\n2021,law,2\n2021,all types,5\n2021,,5\n", layout).claims
    assert [claim.why for claim in claims] == ["the ledger does not tell type apart"] * 2 + [""]


def test_names_and_values_are_translated_and_false_says_that_there_is_none(tmp_path: Path) -> None:
    layout = table_map(
        tmp_path,
        '[reconcile]\nperiod = "y"\nauthority = "who"\nmeasure = "what"\nvalue = "n"\n'
        'names = { "Requests received" = "orders", "Pages" = false }\n'
        '[reconcile.values.authority]\n"IT ministry" = "MeitY"\n"Others" = false\n',
    )
    claims = read(
        "y,who,what,n\n2021,it  Ministry,requests received,2\n2021,Others,Requests received,1\n2021,MeitY,Pages,1\n",
        layout,
    ).claims
    assert [(claim.key[0][1], claim.name, claim.why) for claim in claims] == [
        ("MeitY", "orders", ""),
        ("Others", "orders", "by the mapping the ledger has no authority for 'Others'"),
        ("MeitY", "n", "the mapping names no measure of the ledger for it"),
    ]


def test_rows_that_where_leaves_out_are_counted(tmp_path: Path) -> None:
    layout = table_map(
        tmp_path, '[reconcile]\nperiod = "y"\nmeasures = { n = "orders" }\nwhere = { status = "final" }\n'
    )
    published = read("y,status,n\n2021,final,2\n2021,draft,9\n", layout)
    assert [claim.text for claim in published.claims] == ["2"]
    assert published.notes == ("not read: 1 row without status = 'final'",)


def test_a_period_may_be_a_first_and_a_last_day_and_numbers_may_have_other_marks(tmp_path: Path) -> None:
    layout = table_map(
        tmp_path,
        '[reconcile]\nfirst_day = "from"\nlast_day = "to"\nmeasures = { n = "orders" }\n[table]\ndelimiter = ";"\nempty = ["leer"]\n'
        '[numbers]\nthousands = "."\ndecimal = ","\n[[order]]\nauthority = "of the import, and of no account here"\n',
    )
    claim, empty = read("from;to;n\n2021-01-01;2021-06-30;1.038\n2021-07-01;2021-12-31;Leer\n", layout).claims
    assert empty.value is None
    assert claim.period is not None
    assert (claim.period[1:], claim.value) == (read_span("2021-H1")[1:], exactly(1038))


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ('perod = "y"', "perod: is not known here: did you mean period"),
        ('period = "y"', "say which columns are which `measures`"),
        ('measures = { n = "orders" }', "period: say which column it is"),
        ('period = "y"\nvalue = "n"', "measure: say which column names the measure"),
        ('period = "y"\ncountry = "c"\njurisdiction = "j"\nmeasures = { n = "orders" }', "country: is the jurisdiction"),
        ('period = "y"\nmeasures = { n = 3 }', "measures.n: must be a text"),
        ('period = "y"\nmeasures = { n = { measure = "orders", perid = "2021" } }', "measures.n.perid: is not known here"),
        ('period = "y"\nmeasures = { n = "orders" }\nvalues = { month = {} }', "values.month: is not known here"),
        ('first_day = "y"\nmeasures = { n = "orders" }', "first_day, last_day"),
    ],
)  # fmt: skip
def test_a_mapping_that_says_something_wrong_is_refused_by_its_name(tmp_path: Path, section: str, said: str) -> None:
    with pytest.raises(Refused, match=r"map.toml: \[reconcile\]: ") as refused:
        table_map(tmp_path, f"[reconcile]\n{section}\n")
    assert said in str(refused.value)


def test_a_mapping_without_its_section_and_a_column_that_is_not_there_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"has no section \[reconcile\]"):
        table_map(tmp_path, "[table]\n")
    layout = table_map(tmp_path, '[reconcile]\nperiod = "Yaer"\nmeasures = { n = "orders" }\n')
    with pytest.raises(Refused, match=r"^t.csv, line 1: has no column 'Yaer': did you mean 'Year'"):
        read("Year,n\n2021,1\n", layout)


# --- Part 3 of the DSA's reports


def test_the_template_of_the_dsa_is_known_by_its_header_and_its_keywords_stand_below_their_category() -> None:
    template = Path(__file__).with_name("part_3_member_states_orders.csv").read_text(encoding="utf-8")
    head, *rows = template.splitlines()
    filled = [row.replace("YYYY-MM-DD/YYYY-MM-DD", "2025-07-01/2025-12-31") for row in rows if ",TOTAL," in row]
    published = read("\n".join([head, *filled[:3]]))
    assert "AT" in published.jurisdictions
    assert "IN" not in published.jurisdictions
    assert [dict(claim.apart) for claim in published.claims[::3]] == [
        {"Category of illegal content": None, "Keyword": None},
        {"Category of illegal content": "STATEMENT_CATEGORY_ANIMAL_WELFARE", "Keyword": None},
        {"Category of illegal content": "STATEMENT_CATEGORY_ANIMAL_WELFARE", "Keyword": "KEYWORD_ANIMAL_HARM"},
    ]


def test_a_header_is_in_the_table_or_given_and_not_both(tmp_path: Path) -> None:
    said = '[reconcile]\nperiod = "Year"\ncountry = "Country"\nmeasures = { N = "orders" }\n'
    with pytest.raises(Refused, match=r"header: either the table has one, in header_line, or it is given"):
        table_map(tmp_path, said + '[table]\nheader = ["Year", "Country", "N"]\nheader_line = 2\n')


def test_a_column_that_the_ledger_does_not_count_needs_no_period(tmp_path: Path) -> None:
    column = '{ measure = "orders", period = "2021-H1" }'
    assert table_map(
        tmp_path, f'[reconcile]\ncountry = "Country"\nmeasures = {{ r1 = {column}, g2 = false }}\n'
    ).measures
    with pytest.raises(Refused, match="period: say which column it is"):
        table_map(tmp_path, '[reconcile]\ncountry = "Country"\nmeasures = { g2 = false }\n')
