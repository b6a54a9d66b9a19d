// SPDX-License-Identifier: Apache-2.0
// Runs a fuzzer's entry point once over nothing and over each file of a folder: what a fuzzer has
// found stays fixed.
#include <fcntl.h>

#include <cstdint>
#include <cstdio>
#include <string>

#include "absl/status/statusor.h"

#include "base/file.h"
#include "base/path.h"
#include "base/sys/directory.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

constexpr size_t kMaxInput = 16 << 20;

bool Replay(const std::string& path) {
  absl::StatusOr<std::string> input = berth::ReadFile(path, kMaxInput);
  if (!input.ok()) {
    fprintf(stderr, "%s\n", input.status().ToString().c_str());
    return false;
  }
  printf("%s\n", path.c_str());
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input->data()), input->size());
  return true;
}

bool ReplayFolder(const char* folder) {
  auto reader = berth::sys::DirectoryReader::Open(AT_FDCWD, folder);
  if (!reader.ok()) {
    fprintf(stderr, "no corpus: %s\n", folder);
    return false;
  }
  bool good = true;
  for (auto entry = reader->Next(); entry.ok() && *entry != nullptr; entry = reader->Next()) {
    good = Replay(berth::JoinPath(folder, (*entry)->d_name)) && good;
  }
  return good;
}

}  // namespace

int main(int argc, char** argv) {
  LLVMFuzzerTestOneInput(nullptr, 0);
  bool good = true;
  for (int i = 1; i < argc; ++i) {
    good = ReplayFolder(argv[i]) && good;
  }
  return good ? 0 : 1;
}
