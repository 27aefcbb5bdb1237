#ifndef HITS_H
#define HITS_H

/* Opens the database; ends the program when that fails. */
void hits_open(const char *path);

/* Adds a hit, and gives their number; -1 when the database fails. */
long long hits_add(void);

#endif
