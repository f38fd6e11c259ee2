#include <stdio.h>
#include <stdlib.h>

/* Knots to km/h. */
int main(int count, char **words) {
  if (count != 2) return 64;
  printf("%.2f\n", atoi(words[1]) * 1.852);
  return 0;
}
