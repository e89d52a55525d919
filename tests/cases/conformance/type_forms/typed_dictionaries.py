"""`TypedDict`: plain dicts at run time, total and not, required keys, inheritance."""

from typing import NotRequired, Required, TypedDict


class Movie(TypedDict):
    title: str
    year: int
    stars: NotRequired[float]


class Options(TypedDict, total=False):
    depth: int
    name: Required[str]


class Series(Movie):
    seasons: list[int]


Config = TypedDict("Config", {"max-size": int, "class": str})


def describe(movie: Movie) -> str:
    return f"{movie['title']} ({movie['year']}) {movie.get('stars', 'unrated')}"


def run() -> str:
    movie: Movie = {"title": "Ran", "year": 1985}
    lines = [describe(movie), describe({**movie, "stars": 4.5})]
    series = Series(title="Dark", year=2017, seasons=[10, 8])
    series["seasons"].append(8)
    lines.append(f"{describe(series)} {sum(series['seasons'])} {series}")
    movie["year"] += 1
    movie["stars"] = 3.0
    del movie["stars"]
    lines.append(f"{movie} {type(movie).__name__} {movie == {'title': 'Ran', 'year': 1986}}")
    options: Options = {"name": "n"}
    lines.append(f"{options} {'depth' in options} {Options.__total__}")
    config: Config = {"max-size": 5, "class": "x"}
    lines.append(f"{config['max-size']} {sorted(config)}")
    lines.append(f"{sorted(Options.__required_keys__)} {sorted(Movie.__optional_keys__)}")
    return "\n".join(lines)
