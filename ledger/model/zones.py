"""In which time zone the days of an authority's country begin first.

A day that is written in an order says no hour and no zone. So that nothing is due later than it may be, it is taken to
begin where it begins first, and to be over where it is over first. The table is made from `zone.tab` of the IANA time zone
database, which says in which countries a zone is used: of the zones of each country the one is kept in which no day of
the years 2018 to 2037 begins later than in another. That of the earliest Member States stands for the European Union,
and that of Serbia for Kosovo, where clocks show the same and which the table does not list.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from ledger.model.moments import LAST_DAY, day_end, day_start, zone_info

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

# Bouvet and Heard Island, where nobody lives, have no zone of their own.
_ZONES: Final = (
    "AD Europe/Andorra, AE Asia/Dubai, AF Asia/Kabul, AG America/Antigua, AI America/Anguilla, "
    "AL Europe/Tirane, AM Asia/Yerevan, AO Africa/Luanda, AQ Antarctica/McMurdo, "
    "AR America/Argentina/Buenos_Aires, AS Pacific/Pago_Pago, AT Europe/Vienna, AU Australia/Lord_Howe, "
    "AW America/Aruba, AX Europe/Mariehamn, AZ Asia/Baku, BA Europe/Sarajevo, BB America/Barbados, "
    "BD Asia/Dhaka, BE Europe/Brussels, BF Africa/Ouagadougou, BG Europe/Sofia, BH Asia/Bahrain, "
    "BI Africa/Bujumbura, BJ Africa/Porto-Novo, BL America/St_Barthelemy, BM Atlantic/Bermuda, "
    "BN Asia/Brunei, BO America/La_Paz, BQ America/Kralendijk, BR America/Noronha, BS America/Nassau, "
    "BT Asia/Thimphu, BW Africa/Gaborone, BY Europe/Minsk, BZ America/Belize, CA America/St_Johns, "
    "CC Indian/Cocos, CD Africa/Lubumbashi, CF Africa/Bangui, CG Africa/Brazzaville, CH Europe/Zurich, "
    "CI Africa/Abidjan, CK Pacific/Rarotonga, CL America/Punta_Arenas, CM Africa/Douala, CN Asia/Shanghai, "
    "CO America/Bogota, CR America/Costa_Rica, CU America/Havana, CV Atlantic/Cape_Verde, "
    "CW America/Curacao, CX Indian/Christmas, CY Asia/Nicosia, CZ Europe/Prague, DE Europe/Berlin, "
    "DJ Africa/Djibouti, DK Europe/Copenhagen, DM America/Dominica, DO America/Santo_Domingo, "
    "DZ Africa/Algiers, EC America/Guayaquil, EE Europe/Tallinn, EG Africa/Cairo, EH Africa/El_Aaiun, "
    "ER Africa/Asmara, ES Europe/Madrid, ET Africa/Addis_Ababa, EU Europe/Helsinki, FI Europe/Helsinki, "
    "FJ Pacific/Fiji, FK Atlantic/Stanley, FM Pacific/Pohnpei, FO Atlantic/Faroe, FR Europe/Paris, "
    "GA Africa/Libreville, GB Europe/London, GD America/Grenada, GE Asia/Tbilisi, GF America/Cayenne, "
    "GG Europe/Guernsey, GH Africa/Accra, GI Europe/Gibraltar, GL America/Danmarkshavn, GM Africa/Banjul, "
    "GN Africa/Conakry, GP America/Guadeloupe, GQ Africa/Malabo, GR Europe/Athens, "
    "GS Atlantic/South_Georgia, GT America/Guatemala, GU Pacific/Guam, GW Africa/Bissau, GY America/Guyana, "
    "HK Asia/Hong_Kong, HN America/Tegucigalpa, HR Europe/Zagreb, HT America/Port-au-Prince, "
    "HU Europe/Budapest, ID Asia/Jayapura, IE Europe/Dublin, IL Asia/Jerusalem, IM Europe/Isle_of_Man, "
    "IN Asia/Kolkata, IO Indian/Chagos, IQ Asia/Baghdad, IR Asia/Tehran, IS Atlantic/Reykjavik, "
    "IT Europe/Rome, JE Europe/Jersey, JM America/Jamaica, JO Asia/Amman, JP Asia/Tokyo, KE Africa/Nairobi, "
    "KG Asia/Bishkek, KH Asia/Phnom_Penh, KI Pacific/Kiritimati, KM Indian/Comoro, KN America/St_Kitts, "
    "KP Asia/Pyongyang, KR Asia/Seoul, KW Asia/Kuwait, KY America/Cayman, KZ Asia/Almaty, LA Asia/Vientiane, "
    "LB Asia/Beirut, LC America/St_Lucia, LI Europe/Vaduz, LK Asia/Colombo, LR Africa/Monrovia, "
    "LS Africa/Maseru, LT Europe/Vilnius, LU Europe/Luxembourg, LV Europe/Riga, LY Africa/Tripoli, "
    "MA Africa/Casablanca, MC Europe/Monaco, MD Europe/Chisinau, ME Europe/Podgorica, MF America/Marigot, "
    "MG Indian/Antananarivo, MH Pacific/Majuro, MK Europe/Skopje, ML Africa/Bamako, MM Asia/Yangon, "
    "MN Asia/Ulaanbaatar, MO Asia/Macau, MP Pacific/Saipan, MQ America/Martinique, MR Africa/Nouakchott, "
    "MS America/Montserrat, MT Europe/Malta, MU Indian/Mauritius, MV Indian/Maldives, MW Africa/Blantyre, "
    "MX America/Cancun, MY Asia/Kuala_Lumpur, MZ Africa/Maputo, NA Africa/Windhoek, NC Pacific/Noumea, "
    "NE Africa/Niamey, NF Pacific/Norfolk, NG Africa/Lagos, NI America/Managua, NL Europe/Amsterdam, "
    "NO Europe/Oslo, NP Asia/Kathmandu, NR Pacific/Nauru, NU Pacific/Niue, NZ Pacific/Chatham, "
    "OM Asia/Muscat, PA America/Panama, PE America/Lima, PF Pacific/Gambier, PG Pacific/Bougainville, "
    "PH Asia/Manila, PK Asia/Karachi, PL Europe/Warsaw, PM America/Miquelon, PN Pacific/Pitcairn, "
    "PR America/Puerto_Rico, PS Asia/Gaza, PT Europe/Lisbon, PW Pacific/Palau, PY America/Asuncion, "
    "QA Asia/Qatar, RE Indian/Reunion, RO Europe/Bucharest, RS Europe/Belgrade, RU Asia/Kamchatka, "
    "RW Africa/Kigali, SA Asia/Riyadh, SB Pacific/Guadalcanal, SC Indian/Mahe, SD Africa/Khartoum, "
    "SE Europe/Stockholm, SG Asia/Singapore, SH Atlantic/St_Helena, SI Europe/Ljubljana, "
    "SJ Arctic/Longyearbyen, SK Europe/Bratislava, SL Africa/Freetown, SM Europe/San_Marino, "
    "SN Africa/Dakar, SO Africa/Mogadishu, SR America/Paramaribo, SS Africa/Juba, ST Africa/Sao_Tome, "
    "SV America/El_Salvador, SX America/Lower_Princes, SY Asia/Damascus, SZ Africa/Mbabane, "
    "TC America/Grand_Turk, TD Africa/Ndjamena, TF Indian/Kerguelen, TG Africa/Lome, TH Asia/Bangkok, "
    "TJ Asia/Dushanbe, TK Pacific/Fakaofo, TL Asia/Dili, TM Asia/Ashgabat, TN Africa/Tunis, "
    "TO Pacific/Tongatapu, TR Europe/Istanbul, TT America/Port_of_Spain, TV Pacific/Funafuti, "
    "TW Asia/Taipei, TZ Africa/Dar_es_Salaam, UA Europe/Simferopol, UG Africa/Kampala, UM Pacific/Wake, "
    "US America/New_York, UY America/Montevideo, UZ Asia/Samarkand, VA Europe/Vatican, "
    "VC America/St_Vincent, VE America/Caracas, VG America/Tortola, VI America/St_Thomas, "
    "VN Asia/Ho_Chi_Minh, VU Pacific/Efate, WF Pacific/Wallis, WS Pacific/Apia, XK Europe/Belgrade, YE Asia/Aden, "
    "YT Indian/Mayotte, ZA Africa/Johannesburg, ZM Africa/Lusaka, ZW Africa/Harare"
)
_BY_COUNTRY: Final = dict(item.split(" ") for item in _ZONES.split(", "))


def zone_of(jurisdiction: str) -> str | None:
    """Return the time zone of a country in which its days begin first; None for a code that has no zone."""
    return _BY_COUNTRY.get(jurisdiction)


def first_instant(day: int, zones: tuple[str, ...]) -> int:
    """Return when a day (an ordinal) begins where it begins first, in microseconds since 1970 in UTC."""
    return min(day_start(day, zone) for zone in zones)


def first_end(day: int, zones: tuple[str, ...]) -> int:
    """Return when a day is over where it is over first, in microseconds since 1970 in UTC."""
    return min(day_end(day, zone) for zone in zones)


def last_end(day: int, zones: tuple[str, ...]) -> int:
    """Return when a day is over everywhere in these zones, in microseconds since 1970 in UTC."""
    return max(day_end(day, zone) for zone in zones)


def local_day(at: int, zone: str) -> int:
    """Return the ordinal of the day that it is in a zone, at a time in microseconds since 1970 in UTC.

    What lies beyond the calendar is on its last day.
    """
    try:
        return (_EPOCH + timedelta(microseconds=at)).astimezone(zone_info(zone)).toordinal()
    except OverflowError:
        return LAST_DAY


def instant_text(at: int, zone: str) -> str:
    """Return a time in microseconds since 1970 in UTC as an RFC 3339 instant with the offset of a zone.

    Of a second that is not whole six digits are given. What lies beyond the calendar is its last second.
    """
    try:
        local = (_EPOCH + timedelta(microseconds=at)).astimezone(zone_info(zone))
    except OverflowError:
        return "9999-12-31T23:59:59Z"
    # RFC 3339 has no seconds in an offset; zones had them before 1972.
    offset = local.utcoffset() or timedelta()
    if offset.seconds % 60:
        local = local.astimezone(UTC)
    text = local.isoformat(timespec="microseconds" if local.microsecond else "seconds")
    return text.replace("+00:00", "Z") if zone == "UTC" or local.tzinfo is UTC else text
