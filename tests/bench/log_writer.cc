// SPDX-License-Identifier: Apache-2.0
//
// A program that talks: lines of LINE bytes (0: no newline at all) to its standard output, SIZE
// bytes a write, MIB in all. Says on its standard error how many MB a second were taken.
//
//   log_writer MIB SIZE LINE
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

std::string Text(size_t size, size_t line) {
  std::string text(size, 'x');
  for (size_t end = line; line > 0 && end <= size; end += line) {
    text[end - 1] = '\n';
  }
  return text;
}

// Whether all of it was taken.
bool Write(const std::string& text) {
  size_t done = 0;
  while (done < text.size()) {
    const ssize_t n = write(STDOUT_FILENO, text.data() + done, text.size() - done);
    if (n < 0) {
      return false;
    }
    done += static_cast<size_t>(n);
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: log_writer MIB SIZE LINE\n");
    return 2;
  }
  const size_t total = strtoul(argv[1], nullptr, 10) << 20;
  const std::string text = Text(strtoul(argv[2], nullptr, 10), strtoul(argv[3], nullptr, 10));
  const auto begin = std::chrono::steady_clock::now();
  for (size_t done = 0; done < total; done += text.size()) {
    if (!Write(text)) {
      perror("log_writer");
      return 1;
    }
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  fprintf(stderr, "%.0f\n", static_cast<double>(total) / 1e6 / took.count());
  return 0;
}
