// What $display and its kin print goes to the log and not to standard output, which is the program's; build-card puts this before every file.
#ifndef RTL_PRINT_H
#define RTL_PRINT_H

__attribute__((format(printf, 1, 2))) int rtl_print(const char *format, ...);
#define VL_PRINTF rtl_print

#endif
