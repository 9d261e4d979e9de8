/* Vectors: the eight standard leaves of RFC 6962 implementations, and C2SP notes and cosignatures. */
#ifndef TESTS_UNIT_LOG_VECTORS_H
#define TESTS_UNIT_LOG_VECTORS_H

#include <stddef.h>
#include <stdint.h>

static const char *const vector_leaves[] = {
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
};
static const char *const vector_leaf_hashes[] = {
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    "0298d122906dcfc10892cb53a73992fc5b9f493ea4c9badb27b791b4127a7fe7",
    "07506a85fd9dd2f120eb694f86011e5bb4662e5c415a62917033d4a9624487e7",
    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    "4271a26be0d8a84f0bd54c8c302e7cb3a3b5d1fa6780a40bcce2873477dab658",
    "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
    "46f6ffadd3d06a09ff3c5860d2755c8b9819db7df44251788c7d8e3180de8eb1",
};
static const char *const vector_roots[] = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};

/* Every node that a proof below names. */
static const char *const vector_nodes[] = {
    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "0298d122906dcfc10892cb53a73992fc5b9f493ea4c9badb27b791b4127a7fe7",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "07506a85fd9dd2f120eb694f86011e5bb4662e5c415a62917033d4a9624487e7",
    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
    "4271a26be0d8a84f0bd54c8c302e7cb3a3b5d1fa6780a40bcce2873477dab658",
    "837dbb152e9b079010717e84e865da4ebc0fa198a806d59d31bf15accef22d0e",
    "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "46f6ffadd3d06a09ff3c5860d2755c8b9819db7df44251788c7d8e3180de8eb1",
};

struct vector_proof {
    uint64_t first; /* index or old size */
    uint64_t size;
    size_t count;
    unsigned char nodes[4];
};

static const struct vector_proof vector_inclusion[] = {
    {0, 1, 0, {0}},
    {0, 2, 1, {0}},
    {1, 2, 1, {1}},
    {0, 3, 2, {0, 2}},
    {1, 3, 2, {1, 2}},
    {2, 3, 1, {3}},
    {0, 4, 2, {0, 4}},
    {1, 4, 2, {1, 4}},
    {2, 4, 2, {5, 3}},
    {3, 4, 2, {2, 3}},
    {0, 5, 3, {0, 4, 6}},
    {1, 5, 3, {1, 4, 6}},
    {2, 5, 3, {5, 3, 6}},
    {3, 5, 3, {2, 3, 6}},
    {4, 5, 1, {7}},
    {0, 6, 3, {0, 4, 8}},
    {1, 6, 3, {1, 4, 8}},
    {2, 6, 3, {5, 3, 8}},
    {3, 6, 3, {2, 3, 8}},
    {4, 6, 2, {9, 7}},
    {5, 6, 2, {6, 7}},
    {0, 7, 3, {0, 4, 10}},
    {1, 7, 3, {1, 4, 10}},
    {2, 7, 3, {5, 3, 10}},
    {3, 7, 3, {2, 3, 10}},
    {4, 7, 3, {9, 11, 7}},
    {5, 7, 3, {6, 11, 7}},
    {6, 7, 2, {8, 7}},
    {0, 8, 3, {0, 4, 12}},
    {1, 8, 3, {1, 4, 12}},
    {2, 8, 3, {5, 3, 12}},
    {3, 8, 3, {2, 3, 12}},
    {4, 8, 3, {9, 13, 7}},
    {5, 8, 3, {6, 13, 7}},
    {6, 8, 3, {14, 8, 7}},
    {7, 8, 3, {11, 8, 7}},
};
static const struct vector_proof vector_consistency[] = {
    {1, 1, 0, {0}},
    {1, 2, 1, {0}},
    {2, 2, 0, {0}},
    {1, 3, 2, {0, 2}},
    {2, 3, 1, {2}},
    {3, 3, 0, {0}},
    {1, 4, 2, {0, 4}},
    {2, 4, 1, {4}},
    {3, 4, 3, {2, 5, 3}},
    {4, 4, 0, {0}},
    {1, 5, 3, {0, 4, 6}},
    {2, 5, 2, {4, 6}},
    {3, 5, 4, {2, 5, 3, 6}},
    {4, 5, 1, {6}},
    {5, 5, 0, {0}},
    {1, 6, 3, {0, 4, 8}},
    {2, 6, 2, {4, 8}},
    {3, 6, 4, {2, 5, 3, 8}},
    {4, 6, 1, {8}},
    {5, 6, 3, {6, 9, 7}},
    {6, 6, 0, {0}},
    {1, 7, 3, {0, 4, 10}},
    {2, 7, 2, {4, 10}},
    {3, 7, 4, {2, 5, 3, 10}},
    {4, 7, 1, {10}},
    {5, 7, 4, {6, 9, 11, 7}},
    {6, 7, 3, {8, 11, 7}},
    {7, 7, 0, {0}},
    {1, 8, 3, {0, 4, 12}},
    {2, 8, 2, {4, 12}},
    {3, 8, 4, {2, 5, 3, 12}},
    {4, 8, 1, {12}},
    {5, 8, 4, {6, 9, 13, 7}},
    {6, 8, 3, {8, 13, 7}},
    {7, 8, 4, {11, 14, 8, 7}},
    {8, 8, 0, {0}},
};

struct vector_note {
    const char *vkey;
    const char *note;
};

static const struct vector_note vector_notes[] = {
    {"example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "This is an example message.\n"
        "\n"
        "— example.com/foo "
        "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
        ""},
    {"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n"
        "\n"
        "— PeterNeumann "
        "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
        ""},
    {"EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop",
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n"
        "\n"
        "— EnochRoot "
        "rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"
        ""},
};

static const char vector_log_seed_hex[] = "30a809aa6ca2b8b7563ad1abc61129fb5b20dcfa9895d582703542b2c76603e7";
static const char vector_log_vkey[] =
    "vault.example/acme+311cf689+ARB8RzGIoyYjfN1x+rABETApexeR9Rurk8VEpNim3u4L";
static const char vector_witness_seed_hex[] =
    "79f802c62726f193bfc7451b82d97a42f524557bea395e5066c8a4a7ee2d441d";
static const char vector_witness_vkey[] =
    "witness.example/w1+586d0b9a+BBQzA22TUGQjImRLTPJOCPRp+BAYPvXYTpf05YEMg813";
static const char vector_note_text[] = "vault.example/acme\n"
                                       "8\n"
                                       "XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n"
                                       "";
static const char vector_cosigned_message[] = "cosignature/v1\n"
                                              "time 1700000000\n"
                                              "vault.example/acme\n"
                                              "8\n"
                                              "XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n"
                                              "";
static const char vector_checkpoint[] =
    "vault.example/acme\n"
    "8\n"
    "XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n"
    "\n"
    "— vault.example/acme "
    "MRz2iSHf9dEGpeWA8syGIQCmc0CJfQzFWEJ6OUYXKhtC13JOx2ZH1Ql0xV9+SnxtUCZKA/+ZBH62eXnoqds9FCCdeAw=\n"
    "— witness.example/w1 "
    "WG0LmgAAAABlU/EA0r1qjFHiOAU1quwBgP1kscGdLi2i+jjb+bkqrqTEe7bnfPAqVNnOHGevDqqK4+336nF6J588mF/"
    "GjYozu2MNCg==\n"
    "";
#define VECTOR_TIMESTAMP UINT64_C(1700000000)

static const char vector_jcs_input[] =
    "{\"\\u20ac\":\"Euro\",\"\\r\":\"CR\",\"\\ufb33\":\"Dalet\",\"1\":\"One\",\"\\ud83d\\ude00\":\"Smile\","
    "\"\\u0080\":\"Ctl\",\"\\u00f6\":\"o\"}";
static const char vector_jcs_canonical[] = "{\"\\r\":\"CR\",\"1\":\"One\",\"\":\"Ctl\",\"ö\":\"o\",\"€\":"
                                           "\"Euro\",\"😀\":\"Smile\",\"דּ\":\"Dalet\"}";

#endif
