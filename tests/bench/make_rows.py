#!/usr/bin/env python3
"""Write an invoice list of 20 columns and about 1 KiB a row, the same every time.  usage: make_rows.py ROWS FILE"""
import random
import sys

rows, path = int(sys.argv[1]), sys.argv[2]
random.seed(20)
COLUMNS = ("客户编号,发票方向,发票类型,发票号码,开票日期,购买方名称,购买方纳税人识别号,销售方名称,销售方纳税人识别号,项目名称,"
           "规格型号,单位,数量,单价,金额,税率,税额,价税合计,开票人,备注").split(",")
assert len(COLUMNS) == 20
SYLLABLES = "天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏闰余成岁律吕调阳云腾致雨露结为霜金生丽水玉出昆冈"
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
firms = []
for _ in range(10000):
    name = "".join(random.choice(SYLLABLES) for _ in range(4)) + random.choice(["商贸", "科技", "物流", "餐饮管理"]) + "有限公司"
    firms.append((name, "91" + "".join(random.choice(ALPHABET) for _ in range(16))))
filler = "".join(random.choice("abcdefghijklmnopqrstuvwxyz ") for _ in range(4096))

with open(path, "w", encoding="utf-8", newline="") as out:
    out.write("\ufeff" + ",".join(COLUMNS) + "\r\n")
    for i in range(rows):
        buyer, seller = firms[i * 7 % 10000], firms[(i * 13 + 5) % 10000]
        net = (i * 1237 % 900000) + 100
        row = ["B0001", "销项", "数电发票（普通发票）", f"2411{i:016d}", f"2024-{i % 12 + 1:02d}-{i % 28 + 1:02d}", buyer[0],
               buyer[1], seller[0], seller[1], "*信息技术服务*服务费", f"型号{i % 97}", "次", "1", f"{net / 100:.2f}",
               f"{net / 100:.2f}", "6%", f"{net * 6 // 100 / 100:.2f}", f"{(net + net * 6 // 100) / 100:.2f}", "王样", ""]
        line = ",".join(row)
        at = i * 31 % 3000
        row[19] = filler[at:at + max(0, 1022 - len(line.encode("utf-8")))]
        out.write(",".join(row) + "\r\n")
