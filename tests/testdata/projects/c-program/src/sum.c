#include "sum.h"

#include <stdlib.h>

long sum(int count, char** numbers) {
  long total = 0;
  for (int i = 0; i < count; ++i) {
    total += strtol(numbers[i], 0, 10);
  }
  return total;
}
