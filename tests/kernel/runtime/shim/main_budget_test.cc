// SPDX-License-Identifier: Apache-2.0
#include <elf.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

#include "base/sys/socket.h"
#include "runtime/shim/supervisor.h"
#include "tests/kernel/runtime/shim/pod_under_test.h"
#include "tests/support/kernel_test.h"

namespace berth::test {
namespace {

constexpr size_t kMaxLoaded = 600 * 1024;
constexpr long kMaxPss = 1024;  // kB

std::string ReadProgram() {
  std::ifstream file(BERTH_BIN_DIR "/berth-shim", std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

template <typename T>
T At(const std::string& program, size_t offset) {
  T value = {};
  if (offset + sizeof(value) <= program.size()) {
    memcpy(&value, program.data() + offset, sizeof(value));
  }
  return value;
}

// Names of all symbols; none when the program is stripped.
std::vector<std::string> Symbols(const std::string& program) {
  std::vector<std::string> names;
  const auto header = At<Elf64_Ehdr>(program, 0);
  auto section = [&](size_t i) {
    return At<Elf64_Shdr>(program, header.e_shoff + i * sizeof(Elf64_Shdr));
  };
  for (size_t i = 0; i < header.e_shnum; ++i) {
    if (section(i).sh_type != SHT_SYMTAB) {
      continue;
    }
    const size_t strings = section(section(i).sh_link).sh_offset;
    for (size_t at = 0; at < section(i).sh_size; at += sizeof(Elf64_Sym)) {
      names.emplace_back(program.c_str() + strings +
                         At<Elf64_Sym>(program, section(i).sh_offset + at).st_name);
    }
  }
  return names;
}

TEST(Shim, LinksNoLibraryButItsLibc) {
  for (const std::string& name : Symbols(ReadProgram())) {
    for (const char* foreign : {"4absl", "6google8protobuf", "4grpc", "8ios_base", "__cxa_throw"}) {
      EXPECT_EQ(name.find(foreign), std::string::npos) << name;
    }
  }
}

TEST(Shim, IsSmall) {
  const std::string program = ReadProgram();
  const auto header = At<Elf64_Ehdr>(program, 0);
  size_t loaded = 0;
  for (size_t i = 0; i < header.e_phnum; ++i) {
    const auto segment = At<Elf64_Phdr>(program, header.e_phoff + i * sizeof(Elf64_Phdr));
    loaded += segment.p_type == PT_LOAD ? segment.p_filesz : 0;
    EXPECT_NE(segment.p_type, static_cast<uint32_t>(PT_INTERP)) << "it is not static";
  }
  EXPECT_GT(loaded, 0u);
  EXPECT_LT(loaded, kMaxLoaded);
}

// kB, as smaps_rollup calls them.
long MemoryOf(const PodUnderTest& pod, const std::string& name) {
  std::ifstream rollup(absl::StrCat("/proc/", pod.shim_pid(), "/smaps_rollup"));
  std::string word;
  long size = 0;
  while (rollup >> word && word != name) {
  }
  rollup >> size;
  EXPECT_GT(size, 0);
  return size;
}

long PssOf(const PodUnderTest& pod) {
  return MemoryOf(pod, "Pss:");
}

// Whoever else comes and goes meanwhile.
long OwnOf(const PodUnderTest& pod) {
  return MemoryOf(pod, "Private_Dirty:");
}

KERNEL_TEST(Shim, TakesLittleMemoryWithTenContainers) {
  PodUnderTest pod;
  for (int i = 0; i < 10; ++i) {
    const std::string id = absl::StrCat("c", i);
    pod.Launch(pod.Plan(id, "seq 1 10000; echo ready; sleep 1000"));
    pod.AwaitLog(id, "ready");
  }
  EXPECT_LT(PssOf(pod), kMaxPss);
}

KERNEL_TEST(Shim, GivesBackWhatAttachersTookThatDidNotRead) {
  PodUnderTest pod;
  pod.Launch(pod.Plan("a", "exec yes"));
  const long before = OwnOf(pod);
  long peak = 0;
  {
    std::vector<sys::Fd> held;
    for (size_t i = 0; i < shim::kMaxAttachmentsOfContainer; ++i) {
      PipeEnds ends = MakePipe();
      const int descriptors[] = {ends.write.get()};
      runtime::ShimRequest request = PodUnderTest::Request(runtime::RequestType::kAttach, "a");
      request.attach_stdout = 1;
      sys::Fd connection = pod.Connect();
      ASSERT_TRUE(
          sys::SendPacket(connection.get(), &request, sizeof(request), descriptors, Soon()).ok());
      EXPECT_EQ(PodUnderTest::Receive(connection.get()).type, runtime::ReplyType::kDone);
      held.push_back(std::move(connection));
      held.push_back(std::move(ends.read));
    }
    // At least a page each.
    EXPECT_TRUE(Eventually([&] { return (peak = OwnOf(pod)) > before + 28; }));
  }
  EXPECT_TRUE(Eventually([&] { return OwnOf(pod) < peak - 20; }));
}

}  // namespace
}  // namespace berth::test
