#!/usr/bin/env python3
"""Writes employees as CSV to standard output: invented people with plausible correlations.

    scripts/make-employees.py [rows] [seed] [--clean] > employees.csv

The same rows and seed always give the same bytes. Rows are written as they are made, so any size is possible
(24,000,000 rows are about 2 GB). About 1.2 % of the rows break the record contract on purpose, each in one of
the ways real exports do, and a few ids come again later with a newer salary; `--clean` leaves both out.
"""

import argparse
import csv
import datetime
import math
import random
import sys

AS_OF = datetime.date(2026, 1, 1)

# department: (share, base salary, growth a year of experience, skills with the premium each brings)
DEPARTMENTS = {
    "Engineering": (
        26,
        62000,
        0.031,
        {
            "python": 0.03,
            "java": 0.02,
            "rust": 0.07,
            "kubernetes": 0.06,
            "aws": 0.05,
            "sql": 0.02,
            "c++": 0.04,
            "terraform": 0.04,
        },
    ),
    "Data": (
        12,
        64000,
        0.032,
        {
            "python": 0.04,
            "sql": 0.03,
            "spark": 0.07,
            "machine learning": 0.10,
            "aws": 0.05,
            "statistics": 0.04,
            "airflow": 0.03,
        },
    ),
    "Sales": (
        18,
        45000,
        0.024,
        {"negotiation": 0.06, "crm": 0.02, "spanish": 0.03, "presentation": 0.02, "account management": 0.05},
    ),
    "Marketing": (
        10,
        46000,
        0.021,
        {"seo": 0.03, "copywriting": 0.02, "analytics": 0.05, "photoshop": 0.01, "social media": 0.01},
    ),
    "Finance": (10, 57000, 0.027, {"accounting": 0.03, "excel": 0.01, "sql": 0.04, "ifrs": 0.06, "forecasting": 0.05}),
    "Operations": (
        14,
        39000,
        0.018,
        {"logistics": 0.03, "six sigma": 0.05, "excel": 0.02, "sap": 0.06, "forklift": 0.01},
    ),
    "People": (6, 44000, 0.019, {"recruiting": 0.02, "labour law": 0.05, "coaching": 0.03, "payroll": 0.02}),
    "Legal": (4, 71000, 0.034, {"contracts": 0.04, "privacy": 0.07, "labour law": 0.05, "negotiation": 0.04}),
}

# Given and family names that go together, and which comes first.
NAMES = [
    (
        18,
        "James Mary Robert Linda Grace Thomas Olivia Henry Chloe Daniel",
        "Smith Johnson Clarke O'Brien Walker Hughes Bennett Murphy Reid Campbell",
        False,
    ),
    (
        9,
        "Sofía Mateo Lucía Diego Valentina Andrés Camila Íñigo",
        "García Rodríguez Muñoz Hernández Peña Ibáñez Núñez Castaño",
        False,
    ),
    (
        8,
        "Jürgen Anna-Lena Björn Zoë Matthias Käthe Lukas Friederike",
        "Müller Schröder Weiß Fischer Köhler Großmann Vogel Krüger",
        False,
    ),
    (
        7,
        "Chloé François Anaïs Jérôme Élodie Benoît Maëlle Loïc",
        "Dubois Lefèvre Moreau Côté Beauséjour Gagné Noël",
        False,
    ),
    (
        7,
        "Priya Arjun Ananya Vikram Lakshmi Rohan Meera Sanjay",
        "Sharma Iyer Patel Reddy Chatterjee Nair Kapoor",
        False,
    ),
    (6, "Wei Xiuying Jing Lei Min Hao Mei", "Wang Li Zhang Chen Liu Zhao Huang", False),
    (3, "伟 秀英 静 磊 敏", "王 李 张 陈 刘", True),
    (4, "Haruto Yui Sōta Hina Ren Aoi Takumi", "Satō Suzuki Takahashi Itō Watanabe Kobayashi", False),
    (2, "陽翔 結衣 蓮 葵", "佐藤 鈴木 高橋 伊藤", True),
    (6, "Chidi Ngozi Oluwaseun Amara Tunde Ifeoma", "Okafor Adeyemi Nwosu Eze Balogun Ọláńrewájú", False),
    (5, "Agnieszka Paweł Małgorzata Łukasz Zofia Krzysztof", "Kowalski Wiśniewska Wójcik Dąbrowski Żak", False),
    (4, "Анна Дмитрий Ольга Сергей Наталья", "Кузнецова Смирнов Попова Волков", False),
    (4, "Nguyễn Trần Lê Phạm Đặng", "Văn Minh|Thị Hương|Quốc Bảo|Ngọc Ánh|Hữu Đạt", False),
    (4, "Fatima Omar Layla Yusuf Aisha Khalid", "al-Masri Haddad El-Sayed Benali Mansour", False),
    (2, "فاطمة عمر ليلى يوسف", "المصري حداد السيد منصور", False),
    (4, "Ayşe Emre Zeynep Çağlar Gülşen İbrahim", "Yılmaz Şahin Öztürk Doğan Çelik", False),
    (3, "João Beatriz Thiago Conceição Luís", "Silva Gonçalves Araújo Magalhães", False),
    (2, "Siobhán Seán Niamh Pádraig", "Ó Súilleabháin|Ní Dhomhnaill|Mac Cárthaigh", False),
    (2, "Åsa Søren Þór Maja Jørgen", "Sjöström Kjærgaard Jónsdóttir Ødegård", False),
]


def split(words):
    return words.split("|") if "|" in words else words.split()


class People:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.departments = list(DEPARTMENTS)
        self.shares = [DEPARTMENTS[name][0] for name in self.departments]
        self.names = [(split(given), split(family), family_first) for _, given, family, family_first in NAMES]
        self.name_shares = [share for share, *_ in NAMES]

    def name(self):
        draw = self.random
        given, family, family_first = draw.choices(self.names, self.name_shares)[0]
        first, last = draw.choice(given), draw.choice(family)
        if family_first:
            return last + first
        style = draw.random()
        if style < 0.04:
            return f"{last}, {first}"
        if style < 0.05:
            return f"{first} {last}, PhD"
        if style < 0.065:
            return f'{first} "{first[:2]}" {last}'
        return f"{first} {last}"

    def row(self, employee_id):
        draw = self.random
        department = draw.choices(self.departments, self.shares)[0]
        _, base, growth, skills = DEPARTMENTS[department]
        age = min(67, max(18, round(draw.gauss(40, 11))))
        working_years = max(0.0, age - 21 - draw.random() * 4)
        # Most people change employers: tenure is part of a working life, and longer for the older.
        tenure = working_years * draw.betavariate(1.3, 2.6)
        known = min(len(skills), 1 + int(draw.expovariate(0.7) + working_years / 14))
        own = draw.sample(list(skills), known)
        premium = math.prod(1 + skills[skill] for skill in own)
        experience = working_years if working_years < 25 else 25 + (working_years - 25) * 0.3
        salary = base * (1 + growth) ** experience * (1 + 0.004 * tenure) * premium * math.exp(draw.gauss(0, 0.09))
        hired = AS_OF - datetime.timedelta(days=int(tenure * 365.25) + draw.randrange(1, 120))
        empty = draw.random()
        return [
            str(employee_id),
            self.name(),
            "" if empty < 0.008 else str(age),
            department,
            "" if 0.008 <= empty < 0.025 else ";".join(own),
            f"{salary:.2f}",
            hired.isoformat(),
        ]


def raise_salary(row, draw):
    return row[:5] + [f"{float(row[5]) * (1.03 + draw.random() * 0.12):.2f}"] + row[6:]


# One way each in which rows of real exports break.
BREAKS = [
    lambda row: row[:5] + [""] + row[6:],
    lambda row: row[:5] + ["-" + row[5]] + row[6:],
    lambda row: row[:2] + ["15"] + row[3:],
    lambda row: row[:2] + ["240"] + row[3:],
    lambda row: row[:6] + [f"{row[6][8:]}/{row[6][5:7]}/{row[6][:4]}"],
    lambda row: row[:6] + ["2021-02-30"],
    lambda row: row[:3] + [row[3][:-1]] + row[4:],
    lambda row: row[:6],
    lambda row: row[:2] + ["n/a"] + row[2:],
    lambda row: [""] + row[1:],
    lambda row: row[:5] + ["competitive"] + row[6:],
    lambda row: row[:5] + [f"{float(row[5]):,.2f}"] + row[6:],
    lambda row: row[:1] + [""] + row[2:],
]


def rows(count, seed, clean):
    people = People(seed)
    draw = random.Random(seed + 1)
    again = []
    broken = 0
    employee_id = 1000
    for index in range(count):
        if not clean and index % 80 == 57:
            employee_id += 1
            yield BREAKS[broken % len(BREAKS)](people.row(employee_id))
            broken += 1
            continue
        if not clean and again and index % 160 == 120:
            yield raise_salary(again.pop(0), draw)
            continue
        employee_id += 1 + (draw.random() < 0.1)
        row = people.row(employee_id)
        if not clean and index % 160 == 20:
            again.append(row)
        yield row


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("rows", nargs="?", type=int, default=1000)
    parser.add_argument("seed", nargs="?", type=int, default=7)
    parser.add_argument("--clean", action="store_true", help="only good rows, each id once")
    arguments = parser.parse_args()
    sys.stdout.reconfigure(encoding="utf-8", newline="")
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["employee_id", "name", "age", "department", "skills", "salary", "hire_date"])
    writer.writerows(rows(arguments.rows, arguments.seed, arguments.clean))


if __name__ == "__main__":
    main()
