#!/usr/bin/env python3
"""What tracing a leak of 500 rows costs over a vault of 2,000 clients: processor time of `trace` less that of `log checkpoint`,
which opens the same vault for the same person.  usage: STRONGROOM=PROGRAM vault.py [CLIENTS]"""
import csv
import os
import random
import resource
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "lib"))
import attack  # noqa: E402
from attack import AMY, INA  # noqa: E402

clients = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
dice = random.Random(1)
vault = attack.people(attack.Vault(attack.workplace("trace-bench")))
WORDS = "青禾云岭明德远航晨光海川嘉瑞丰盛世金桥新程博雅恒信天成宏图泰和安康润华景东方长江黄河山水木火土日月星"
LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


def digits(count):
    return "".join(dice.choice("0123456789") for _ in range(count))


def tax_id():
    base = "91310115MA" + "".join(dice.choice("0123456789ABCDEFGH") for _ in range(7))
    return base + LETTERS[-sum(LETTERS.index(c) * w for c, w in zip(base, WEIGHTS)) % 31]


def write(name, rows):
    path = os.path.join(vault.home, name)
    with open(path, "w", encoding="utf-8-sig", newline="") as file:
        out = csv.DictWriter(file, list(rows[0]))
        out.writeheader()
        out.writerows(rows)
    return path


def processor(*words):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    vault.must(*words)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


firm = [{"客户编号": f"K{n:05}", "客户名称": "".join(dice.sample(WORDS, 4)) + dice.choice(("商贸", "咨询", "建材", "科技")) + "有限公司",
         "统一社会信用代码": tax_id(), "联系人": dice.choice("王李张刘") + dice.choice("伟芳娜敏") + dice.choice("静丽强磊"),
         "联系电话": "13" + digits(9), "电子邮箱": f"k{n}@example.com", "开户银行": "样本银行", "银行账号": "6222" + digits(15),
         "服务状态": "服务中"} for n in range(1, clients + 1)]
vault.must(AMY, "import", write("clients.csv", firm))
for start in range(0, min(clients, 1000), 200):
    vault.must(AMY, "export", *[row["客户编号"] for row in firm[start:start + 200]], "--kind", "client", "--format", "csv",
               "--out", os.path.join(vault.home, f"export-{start}.csv"), "--purpose", "task:1",
               "--reveal", "phone,email,bank_account")
heads = ("客户名称", "统一社会信用代码", "联系电话", "银行账号")
leak = write("leak.csv", [{head: row[head] for head in heads} for row in dice.sample(firm, min(500, clients))])
runs = sorted(processor(INA, "trace", leak, "--json") - processor(INA, "log", "checkpoint") for _ in range(5))
print(f"{clients} clients, 500 rows: {runs[2]:.2f} s of one processor (median of five; {runs[0]:.2f} to {runs[4]:.2f})")
