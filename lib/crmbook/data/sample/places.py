"""Cities and stores of the sample; the coordinates are the cities' own, the stores are made up."""

from __future__ import annotations

import numpy as np
import pandas as pd

CITIES = pd.DataFrame(
    [
        ("Shanghai", "Shanghai", "1", 31.23, 121.47, 0.17),
        ("Beijing", "Beijing", "1", 39.90, 116.41, 0.08),
        ("Guangzhou", "Guangdong", "1", 23.13, 113.26, 0.08),
        ("Shenzhen", "Guangdong", "1", 22.54, 114.06, 0.06),
        ("Hangzhou", "Zhejiang", "2", 30.27, 120.16, 0.15),
        ("Ningbo", "Zhejiang", "2", 29.87, 121.55, 0.07),
        ("Nanjing", "Jiangsu", "2", 32.06, 118.80, 0.09),
        ("Suzhou", "Jiangsu", "2", 31.30, 120.59, 0.08),
        ("Chengdu", "Sichuan", "2", 30.57, 104.07, 0.09),
        ("Mianyang", "Sichuan", "3", 31.47, 104.68, 0.04),
        ("Wuhan", "Hubei", "2", 30.59, 114.31, 0.05),
        ("Yichang", "Hubei", "3", 30.69, 111.29, 0.04),
    ],
    columns=["city", "province", "city_tier", "latitude", "longitude", "share"],
)

STORES = pd.DataFrame(
    [
        ("S01", "Shanghai", 31.24, 121.49, 1.10, 0.00),
        ("S02", "Hangzhou", 30.26, 120.17, 1.06, 0.15),
        ("S03", "Nanjing", 32.05, 118.78, 0.94, -0.05),
        ("S04", "Suzhou", 31.31, 120.62, 1.00, 0.05),
        ("S05", "Chengdu", 30.65, 104.08, 0.88, -0.20),
        ("S06", "Guangzhou", 23.12, 113.31, 1.04, 0.10),
        ("S07", "Beijing", 39.91, 116.46, 0.96, 0.00),
        ("S08", "Wuhan", 30.58, 114.29, 0.92, -0.10),
    ],
    columns=["store", "city", "latitude", "longitude", "rate_factor", "service"],
).merge(CITIES[["city", "province"]], on="city", how="left", validate="one_to_one")
"""``rate_factor``: the store's planted effect on its customers' order rate; ``service``: on the attitude reported."""


def distances(latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
    """Return the great-circle distance in km from each point (rows) to each store (columns), haversine formula."""
    here, there = np.radians(latitude)[:, None], np.radians(STORES["latitude"].to_numpy())[None, :]
    across = np.radians(STORES["longitude"].to_numpy())[None, :] - np.radians(longitude)[:, None]
    chord = np.sin((there - here) / 2) ** 2 + np.cos(here) * np.cos(there) * np.sin(across / 2) ** 2
    return 2 * 6371.0 * np.arcsin(np.sqrt(chord))


def live(rng: np.random.Generator, count: int) -> pd.DataFrame:
    """Draw where customers live: city, coordinates rounded to about a kilometre, nearest store and its distance."""
    city = rng.choice(len(CITIES), size=count, p=CITIES["share"].to_numpy())
    far, turn = rng.gamma(2.0, 3.5, count), rng.uniform(0, 2 * np.pi, count)
    latitude = np.round(CITIES["latitude"].to_numpy()[city] + far * np.sin(turn) / 111.0, 2)
    longitude = np.round(CITIES["longitude"].to_numpy()[city] + far * np.cos(turn) / 96.0, 2)
    away = distances(latitude, longitude)
    nearest = away.argmin(axis=1)
    home = CITIES.iloc[city].reset_index(drop=True)
    return pd.DataFrame(
        {
            "city": home["city"],
            "province": home["province"],
            "city_tier": home["city_tier"],
            "latitude": latitude,
            "longitude": longitude,
            "store_number": nearest,
            "store": STORES["store"].to_numpy()[nearest],
            "distance": away[np.arange(count), nearest],
        }
    )
