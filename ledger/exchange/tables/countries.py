"""Countries as tables write them: names in English, codes of two and three letters (ISO 3166-1), UK, EL and XK."""

from __future__ import annotations

import unicodedata
from functools import cache, lru_cache
from typing import Final

from ledger.errors import Refused, quoted
from ledger.model.countries import CODES

# Code of two letters, code of three, names; the first one is the usual one.
_NAMES: Final = """
AD AND Andorra|AE ARE United Arab Emirates;UAE;Emirates|AF AFG Afghanistan|AG ATG Antigua and Barbuda|AI AIA Anguilla
AL ALB Albania|AM ARM Armenia|AO AGO Angola|AQ ATA Antarctica|AR ARG Argentina;Argentine Republic|AS ASM American Samoa
AT AUT Austria;Österreich|AU AUS Australia|AW ABW Aruba|AX ALA Åland Islands;Aland|AZ AZE Azerbaijan
BA BIH Bosnia and Herzegovina;Bosnia;Bosnia-Herzegovina|BB BRB Barbados|BD BGD Bangladesh|BE BEL Belgium|BF BFA Burkina Faso
BG BGR Bulgaria|BH BHR Bahrain|BI BDI Burundi|BJ BEN Benin|BL BLM Saint Barthélemy|BM BMU Bermuda
BN BRN Brunei Darussalam;Brunei|BO BOL Bolivia;Plurinational State of Bolivia;Bolivia (Plurinational State of)
BQ BES Bonaire, Sint Eustatius and Saba;Caribbean Netherlands|BR BRA Brazil;Brasil|BS BHS Bahamas|BT BTN Bhutan
BV BVT Bouvet Island|BW BWA Botswana|BY BLR Belarus|BZ BLZ Belize|CA CAN Canada|CC CCK Cocos (Keeling) Islands;Cocos Islands
CD COD Democratic Republic of the Congo;Congo (Kinshasa);DR Congo;DRC;Congo, Democratic Republic of the;Congo, The Democratic Republic of the
CF CAF Central African Republic|CG COG Congo;Republic of the Congo;Congo (Brazzaville)|CH CHE Switzerland;Swiss Confederation
CI CIV Côte d'Ivoire;Ivory Coast|CK COK Cook Islands|CL CHL Chile|CM CMR Cameroon
CN CHN China;People's Republic of China;Mainland China;China (mainland);PRC
CO COL Colombia|CR CRI Costa Rica|CU CUB Cuba|CV CPV Cabo Verde;Cape Verde|CW CUW Curaçao|CX CXR Christmas Island|CY CYP Cyprus
CZ CZE Czechia;Czech Republic|DE DEU Germany;Federal Republic of Germany;Deutschland|DJ DJI Djibouti|DK DNK Denmark
DM DMA Dominica|DO DOM Dominican Republic|DZ DZA Algeria|EC ECU Ecuador|EE EST Estonia|EG EGY Egypt;Arab Republic of Egypt
EH ESH Western Sahara|ER ERI Eritrea|ES ESP Spain;España|ET ETH Ethiopia|EU EUR European Union;EU
FI FIN Finland|FJ FJI Fiji|FK FLK Falkland Islands;Falkland Islands (Malvinas)|FM FSM Micronesia;Federated States of Micronesia;Micronesia, Federated States of
FO FRO Faroe Islands|FR FRA France|GA GAB Gabon
GB GBR United Kingdom;UK;Great Britain;Britain;U.K.;United Kingdom of Great Britain and Northern Ireland
GD GRD Grenada|GE GEO Georgia|GF GUF French Guiana|GG GGY Guernsey|GH GHA Ghana|GI GIB Gibraltar|GL GRL Greenland|GM GMB Gambia
GN GIN Guinea|GP GLP Guadeloupe|GQ GNQ Equatorial Guinea|GR GRC Greece;EL;Hellas;Hellenic Republic
GS SGS South Georgia and the South Sandwich Islands|GT GTM Guatemala|GU GUM Guam|GW GNB Guinea-Bissau|GY GUY Guyana
HK HKG Hong Kong;Hong Kong SAR;Hong Kong SAR China;China, Hong Kong SAR|HM HMD Heard Island and McDonald Islands|HN HND Honduras
HR HRV Croatia|HT HTI Haiti|HU HUN Hungary|ID IDN Indonesia|IE IRL Ireland;Republic of Ireland|IL ISR Israel|IM IMN Isle of Man
IN IND India;Republic of India|IO IOT British Indian Ocean Territory|IQ IRQ Iraq
IR IRN Iran;Islamic Republic of Iran;Iran (Islamic Republic of);Iran, Islamic Republic of|IS ISL Iceland|IT ITA Italy;Italia
JE JEY Jersey|JM JAM Jamaica|JO JOR Jordan|JP JPN Japan|KE KEN Kenya|KG KGZ Kyrgyzstan;Kyrgyz Republic|KH KHM Cambodia|KI KIR Kiribati
KM COM Comoros|KN KNA Saint Kitts and Nevis
KP PRK North Korea;Democratic People's Republic of Korea;Korea, North;DPRK;Korea (Democratic People's Republic of);Korea, Democratic People's Republic of
KR KOR South Korea;Republic of Korea;Korea, South;Korea, Republic of;Korea (Republic of);Korea (South);ROK
KW KWT Kuwait|KY CYM Cayman Islands|KZ KAZ Kazakhstan|LA LAO Laos;Lao People's Democratic Republic;Lao PDR|LB LBN Lebanon
LC LCA Saint Lucia|LI LIE Liechtenstein|LK LKA Sri Lanka|LR LBR Liberia|LS LSO Lesotho|LT LTU Lithuania|LU LUX Luxembourg
LV LVA Latvia|LY LBY Libya;State of Libya|MA MAR Morocco|MC MCO Monaco|MD MDA Moldova;Republic of Moldova;Moldova, Republic of
ME MNE Montenegro|MF MAF Saint Martin (French part);Saint Martin|MG MDG Madagascar|MH MHL Marshall Islands
MK MKD North Macedonia;Macedonia;Republic of North Macedonia;FYROM|ML MLI Mali|MM MMR Myanmar;Burma;Myanmar (Burma)|MN MNG Mongolia
MO MAC Macao;Macau;Macao SAR;Macau SAR|MP MNP Northern Mariana Islands|MQ MTQ Martinique|MR MRT Mauritania|MS MSR Montserrat
MT MLT Malta|MU MUS Mauritius|MV MDV Maldives|MW MWI Malawi|MX MEX Mexico|MY MYS Malaysia|MZ MOZ Mozambique|NA NAM Namibia
NC NCL New Caledonia|NE NER Niger|NF NFK Norfolk Island|NG NGA Nigeria|NI NIC Nicaragua
NL NLD Netherlands;Kingdom of the Netherlands;Holland|NO NOR Norway|NP NPL Nepal|NR NRU Nauru|NU NIU Niue|NZ NZL New Zealand;Aotearoa
OM OMN Oman|PA PAN Panama|PE PER Peru|PF PYF French Polynesia|PG PNG Papua New Guinea|PH PHL Philippines|PK PAK Pakistan|PL POL Poland
PM SPM Saint Pierre and Miquelon|PN PCN Pitcairn|PR PRI Puerto Rico
PS PSE Palestine;State of Palestine;Palestine, State of;Palestinian Territories|PT PRT Portugal|PW PLW Palau|PY PRY Paraguay
QA QAT Qatar|RE REU Réunion|RO ROU Romania|RS SRB Serbia;Republic of Serbia|RU RUS Russian Federation;Russia|RW RWA Rwanda
SA SAU Saudi Arabia;Kingdom of Saudi Arabia;KSA|SB SLB Solomon Islands|SC SYC Seychelles|SD SDN Sudan|SE SWE Sweden|SG SGP Singapore
SH SHN Saint Helena, Ascension and Tristan da Cunha;Saint Helena|SI SVN Slovenia|SJ SJM Svalbard and Jan Mayen|SK SVK Slovakia;Slovak Republic
SL SLE Sierra Leone|SM SMR San Marino|SN SEN Senegal|SO SOM Somalia|SR SUR Suriname|SS SSD South Sudan|ST STP São Tomé and Príncipe
SV SLV El Salvador|SX SXM Sint Maarten;Sint Maarten (Dutch part)|SY SYR Syria;Syrian Arab Republic|SZ SWZ Eswatini;Swaziland
TC TCA Turks and Caicos Islands|TD TCD Chad|TF ATF French Southern Territories|TG TGO Togo|TH THA Thailand|TJ TJK Tajikistan|TK TKL Tokelau
TL TLS Timor-Leste;East Timor|TM TKM Turkmenistan|TN TUN Tunisia|TO TON Tonga|TR TUR Türkiye;Turkey;Republic of Türkiye;Republic of Turkey
TT TTO Trinidad and Tobago|TV TUV Tuvalu|TW TWN Taiwan;Taiwan, Province of China|TZ TZA Tanzania;United Republic of Tanzania;Tanzania, United Republic of
UA UKR Ukraine|UG UGA Uganda|UM UMI United States Minor Outlying Islands
US USA United States;United States of America;U.S.;U.S.A.|UY URY Uruguay|UZ UZB Uzbekistan|VA VAT Holy See;Vatican;Vatican City
VC VCT Saint Vincent and the Grenadines|VE VEN Venezuela;Bolivarian Republic of Venezuela;Venezuela (Bolivarian Republic of);Venezuela, Bolivarian Republic of
VG VGB British Virgin Islands;Virgin Islands (British);Virgin Islands, British|VI VIR US Virgin Islands;Virgin Islands (U.S.);Virgin Islands, U.S.
VN VNM Vietnam;Viet Nam|VU VUT Vanuatu|WF WLF Wallis and Futuna|WS WSM Samoa|XK XKX Kosovo;Republic of Kosovo|YE YEM Yemen|YT MYT Mayotte|ZA ZAF South Africa
ZM ZMB Zambia|ZW ZWE Zimbabwe
"""


def country_code(text: str) -> str:
    """Return the code of a country (ISO 3166-1 alpha-2, EU or XK) by a code or an English name.

    Case, accents, points, a leading "The", `&` for `and` and `St.` for `Saint` do not matter. Raises `Refused` with the
    nearest name.
    """
    short = text.strip().upper()
    if short in CODES:
        return short
    found = _codes().get(_folded(text))
    if found is not None:
        return found
    raise Refused(f"{quoted(text)} is no country that is known by that name: {_hint(_folded(text))}")


# A wrong name stands in many rows, and looking for the nearest one takes long.
@lru_cache(maxsize=1024)
def _hint(name: str) -> str:
    from difflib import get_close_matches

    # Nearly every code is near another one.
    near = get_close_matches(name, [known for known in _codes() if len(known) > 3], n=1, cutoff=0.7)
    if not near:
        return "use a code such as IN, or EU"
    return f"did you mean {_codes()[near[0]]} ({_usual()[_codes()[near[0]]]})?"


def _folded(text: str) -> str:
    """Return a name as it is compared."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    plain = plain.casefold().replace("&", " and ").replace(".", "").replace("’", "").replace("'", "")
    words = "".join(char if char.isalnum() else " " for char in plain).split()
    if words[:1] == ["the"]:
        del words[0]
    return " ".join("saint" if word == "st" else word for word in words)


def _lines() -> list[tuple[str, str, list[str]]]:
    found = []
    for item in _NAMES.replace("\n", "|").strip("|").split("|"):
        code, longer, names = item.split(" ", 2)
        found.append((code, longer, names.split(";")))
    return found


@cache
def _codes() -> dict[str, str]:
    return {_folded(name): code for code, longer, names in _lines() for name in (longer, *names)}


@cache
def _usual() -> dict[str, str]:
    return {code: names[0] for code, _, names in _lines()}
