"""The provinces of China on a grid of tiles: the project's own small map, drawn without a map service."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Province:
    """A province-level division: code, tile (row from the north, column from the west), region and names."""

    code: str
    row: int
    column: int
    region: str
    en: str
    zh: str


PROVINCES = (
    Province("HL", 0, 8, "northeast", "Heilongjiang", "黑龙江"),
    Province("NM", 1, 6, "north", "Inner Mongolia", "内蒙古"),
    Province("JL", 1, 8, "northeast", "Jilin", "吉林"),
    Province("XJ", 2, 1, "northwest", "Xinjiang", "新疆"),
    Province("NX", 2, 4, "northwest", "Ningxia", "宁夏"),
    Province("BJ", 2, 6, "north", "Beijing", "北京"),
    Province("TJ", 2, 7, "north", "Tianjin", "天津"),
    Province("LN", 2, 8, "northeast", "Liaoning", "辽宁"),
    Province("QH", 3, 2, "northwest", "Qinghai", "青海"),
    Province("GS", 3, 3, "northwest", "Gansu", "甘肃"),
    Province("SN", 3, 4, "northwest", "Shaanxi", "陕西"),
    Province("SX", 3, 5, "north", "Shanxi", "山西"),
    Province("HE", 3, 6, "north", "Hebei", "河北"),
    Province("SD", 3, 7, "east", "Shandong", "山东"),
    Province("XZ", 4, 1, "southwest", "Tibet", "西藏"),
    Province("SC", 4, 3, "southwest", "Sichuan", "四川"),
    Province("CQ", 4, 4, "southwest", "Chongqing", "重庆"),
    Province("HA", 4, 5, "central", "Henan", "河南"),
    Province("AH", 4, 6, "east", "Anhui", "安徽"),
    Province("JS", 4, 7, "east", "Jiangsu", "江苏"),
    Province("SH", 4, 8, "east", "Shanghai", "上海"),
    Province("YN", 5, 3, "southwest", "Yunnan", "云南"),
    Province("GZ", 5, 4, "southwest", "Guizhou", "贵州"),
    Province("HB", 5, 5, "central", "Hubei", "湖北"),
    Province("JX", 5, 6, "east", "Jiangxi", "江西"),
    Province("ZJ", 5, 7, "east", "Zhejiang", "浙江"),
    Province("GX", 6, 4, "south", "Guangxi", "广西"),
    Province("HN", 6, 5, "central", "Hunan", "湖南"),
    Province("GD", 6, 6, "south", "Guangdong", "广东"),
    Province("FJ", 6, 7, "east", "Fujian", "福建"),
    Province("TW", 6, 8, "hong_kong_macao_taiwan", "Taiwan", "台湾"),
    Province("HI", 7, 5, "south", "Hainan", "海南"),
    Province("MO", 7, 6, "hong_kong_macao_taiwan", "Macao", "澳门"),
    Province("HK", 7, 7, "hong_kong_macao_taiwan", "Hong Kong", "香港"),
)
"""The 34 divisions with the letters of ISO 3166-2:CN; neighbours on the ground are near each other on the grid."""

_ENDINGS = (
    "维吾尔自治区", "壮族自治区", "回族自治区", "特别行政区", "自治区", "省", "市",
    " autonomous region", " province", " municipality", " city", " sar",
)  # fmt: skip
_OTHER_SPELLINGS = {"xizang": "XZ", "macau": "MO", "neimenggu": "NM", "inner-mongolia": "NM", "hongkong": "HK"}


def grid() -> pd.DataFrame:
    """Return the grid as a frame: index code; columns row, column, region, en, zh.

    Examples
    --------
    >>> grid().loc[["GD"], ["row", "column", "zh"]].to_numpy().tolist()
    [[6, 6, '广东']]
    """
    return pd.DataFrame([vars(province) for province in PROVINCES]).set_index("code")


def codes(provinces: pd.Series) -> pd.Series:
    """Return the code of each province, from its code or its name in English or Chinese, short or official.

    Parameters
    ----------
    provinces : Series of str
        As they stand in a file; blanks and names that are none of the 34 stay blank, so that they can be counted.

    Examples
    --------
    >>> codes(pd.Series(["GD", "广东省", "Guangdong Province", "内蒙古自治区", "Atlantis"])).tolist()
    ['GD', 'GD', 'GD', 'NM', nan]
    """
    known = _known()
    found = {value: known.get(_short(str(value))) for value in provinces.dropna().unique()}
    return provinces.map(found).astype("str").where(provinces.map(found).notna())


def _short(value: str) -> str:
    value = " ".join(value.strip().lower().split())
    for ending in _ENDINGS:
        if value.endswith(ending) and len(value) > len(ending):
            return value.removesuffix(ending)
    return value


def _known() -> dict[str, str]:
    names = {spelling: code for spelling, code in _OTHER_SPELLINGS.items()}
    for province in PROVINCES:
        for spelling in (province.code, f"cn-{province.code}", province.en, province.zh):
            names[spelling.lower()] = province.code
    return names
