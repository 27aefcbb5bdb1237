/* Prints the CRC-32 of each file that is named, of standard input for "-". */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

static int print_checksum(const char *name)
{
    unsigned char buffer[65536];
    unsigned long sum = crc32(0, NULL, 0);
    size_t length;
    FILE *file = strcmp(name, "-") == 0 ? stdin : fopen(name, "rb");
    if (file == NULL) {
        fprintf(stderr, "%s: %s\n", name, strerror(errno));
        return 1;
    }
    while ((length = fread(buffer, 1, sizeof buffer, file)) > 0) sum = crc32(sum, buffer, (unsigned)length);
    if (ferror(file)) {
        fprintf(stderr, "%s: cannot read\n", name);
        return 1;
    }
    if (file != stdin) fclose(file);
    printf("%08lx  %s\n", sum, name);
    return 0;
}

int main(int argc, char **argv)
{
    int status = 0;
    if (argc == 1) return print_checksum("-");
    for (int i = 1; i < argc; i++) status |= print_checksum(argv[i]);
    return status;
}
