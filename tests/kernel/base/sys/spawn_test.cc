// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "gtest/gtest.h"

#include "base/sys/file.h"
#include "base/sys/memory_file.h"
#include "base/sys/process.h"
#include "tests/kernel/base/sys/shell.h"

namespace berth::sys {
namespace {

std::string ReadAll(int fd) {
  char buffer[4096];
  ErrnoOr<size_t> size = ReadFull(fd, buffer);
  return size.ok() ? std::string(buffer, *size) : "read failed";
}

TEST(Spawn, GetsTheMappedDescriptorsAndNoOthers) {
  ASSERT_TRUE(CloseOnExecFrom(3).ok());  // a caller of this test may have left some open
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  Fd reader(ends[0]);
  Fd writer(ends[1]);
  ErrnoOr<Process> process = Shell(
      "i=0; while [ $i -lt 200 ]; do [ -e /proc/$$/fd/$i ] && r=$r$i,; i=$((i+1)); done; echo $r "
      ">&7",
      writer.get());
  ASSERT_TRUE(process.ok());
  writer = Fd();
  EXPECT_EQ(ReadAll(reader.get()), "0,1,2,7,\n");
  ErrnoOr<ExitStatus> status = process->Wait(Soon());
  ASSERT_TRUE(status.ok());
  EXPECT_EQ(status->code, 0);
}

TEST(Spawn, MapsInAnyOrder) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  Fd reader(ends[0]);
  Fd writer(ends[1]);
  ErrnoOr<Fd> null = OpenAt(AT_FDCWD, "/dev/null", O_RDWR);
  ErrnoOr<Fd> shell = OpenAt(AT_FDCWD, "/bin/sh", O_PATH);
  ASSERT_TRUE(null.ok() && shell.ok());
  char* arguments[] = {const_cast<char*>("sh"), const_cast<char*>("-c"),
                       const_cast<char*>("echo x >&3; echo y >&4"), nullptr};
  char* environment[] = {nullptr};
  // Each source may be the other's number.
  ASSERT_EQ(dup3(null->get(), 40, O_CLOEXEC), 40);
  ASSERT_EQ(dup3(writer.get(), 41, O_CLOEXEC), 41);
  const FdMapping map[] = {{41, 3}, {40, 4}, {41, 40}, {40, 41}};
  ErrnoOr<Process> process = SpawnProcess({shell->get(), arguments, environment, map});
  close(40);
  close(41);
  writer = Fd();
  ASSERT_TRUE(process.ok());
  EXPECT_EQ(ReadAll(reader.get()), "x\n");
  EXPECT_TRUE(process->Wait(Soon()).ok());
}

TEST(Spawn, NamesTheErrorOfAProgramThatCannotRun) {
  ErrnoOr<Fd> text = SealedMemoryFile("test", "not a program", 13);
  ASSERT_TRUE(text.ok());
  char* nothing[] = {const_cast<char*>("x"), nullptr};
  char* environment[] = {nullptr};
  const int error = SpawnProcess({text->get(), nothing, environment, {}}).error().code;
  // Linux before 6.3 has no memory files that may not be executed, and looks into it.
  EXPECT_TRUE(error == EACCES || error == ENOEXEC) << error;
}

}  // namespace
}  // namespace berth::sys
