#include "hits.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

static sqlite3 *database;

void hits_open(const char *path)
{
    const char *schema = "CREATE TABLE IF NOT EXISTS hits (id INTEGER PRIMARY KEY, at TEXT NOT NULL)";
    if (sqlite3_open(path, &database) != SQLITE_OK || sqlite3_exec(database, schema, NULL, NULL, NULL) != SQLITE_OK) {
        fprintf(stderr, "%s: %s\n", path, sqlite3_errmsg(database));
        exit(1);
    }
}

long long hits_add(void)
{
    if (sqlite3_exec(database, "INSERT INTO hits (at) VALUES (datetime('now'))", NULL, NULL, NULL) != SQLITE_OK) {
        fprintf(stderr, "%s\n", sqlite3_errmsg(database));
        return -1;
    }
    return sqlite3_last_insert_rowid(database);
}
