// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/seccomp.h"

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

#include "runtime/spec/capabilities.h"
#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

constexpr char kProfile[] =
    R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":[
        {"names":["mount"],"action":"SCMP_ACT_ERRNO","excludes":{"caps":["CAP_SYS_ADMIN"]}}]})";

TEST(SeccompCompiler, RemembersByProfileAndCapabilities) {
  SeccompCompiler compiler;
  const HostFacts facts;
  ASSERT_OK_AND_ASSIGN(const SeccompProgram plain,
                       compiler.CompileDefault(facts, DefaultCapabilities()));
  ASSERT_OK_AND_ASSIGN(const SeccompProgram again,
                       compiler.CompileDefault(facts, DefaultCapabilities()));
  ASSERT_OK_AND_ASSIGN(const SeccompProgram all, compiler.CompileDefault(facts, ~uint64_t{0}));
  EXPECT_EQ(plain.instructions, again.instructions);
  EXPECT_NE(plain.instructions, all.instructions);
  EXPECT_EQ(plain.flags, 4u);
  ASSERT_OK_AND_ASSIGN(const SeccompProgram json, compiler.CompileJson(kProfile, facts, 0));
  ASSERT_OK_AND_ASSIGN(const SeccompProgram admin,
                       compiler.CompileJson(kProfile, facts, uint64_t{1} << 21));
  EXPECT_NE(json.instructions, admin.instructions);
  EXPECT_NE(json.instructions, plain.instructions);
}

TEST(SeccompCompiler, DoesNotRememberFailures) {
  SeccompCompiler compiler;
  EXPECT_FALSE(compiler.CompileJson("{", HostFacts(), 0).ok());
  EXPECT_FALSE(compiler.CompileJson("{", HostFacts(), 0).ok());
}

TEST(SeccompCompiler, ForgetsTheOldest) {
  SeccompCompiler compiler;
  for (size_t i = 0; i < kMaxCachedPrograms + 5; ++i) {
    EXPECT_THAT(compiler.CompileJson(kProfile, HostFacts(), i), test::IsOk());
  }
  EXPECT_THAT(compiler.CompileJson(kProfile, HostFacts(), 0), test::IsOk());
}

TEST(SeccompCompiler, ServesManyThreads) {
  SeccompCompiler compiler;
  std::vector<std::thread> threads;
  for (uint64_t i = 0; i < 4; ++i) {
    threads.emplace_back(
        [&compiler, i] { EXPECT_THAT(compiler.CompileDefault(HostFacts(), i % 2), test::IsOk()); });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
}

}  // namespace
}  // namespace berth::runtime
