// SPDX-License-Identifier: Apache-2.0
#include "base/sys/memory_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "gtest/gtest.h"

#include "base/sys/file.h"
#include "base/sys/inode.h"

namespace berth::sys {
namespace {

TEST(MemoryFile, HoldsTheBytesAndNeverChanges) {
  ErrnoOr<Fd> file = SealedMemoryFile("test", "content", 7);
  ASSERT_TRUE(file.ok());
  char buffer[16];
  ErrnoOr<size_t> size = ReadFull(file->get(), buffer);
  ASSERT_TRUE(size.ok());
  EXPECT_EQ(std::string(buffer, *size), "content");
  EXPECT_LT(pwrite(file->get(), "x", 1, 0), 0);
  EXPECT_NE(ftruncate(file->get(), 0), 0);
  EXPECT_EQ(mmap(nullptr, 7, PROT_WRITE, MAP_SHARED, file->get(), 0), MAP_FAILED);
  EXPECT_TRUE(IsSealed(file->get()));
}

TEST(MemoryFile, CopiesAProgramWhole) {
  ErrnoOr<Fd> source = OpenAt(AT_FDCWD, "/proc/self/exe", O_RDONLY);
  ASSERT_TRUE(source.ok());
  ErrnoOr<Fd> copy = SealedProgram("test", source->get());
  ASSERT_TRUE(copy.ok());
  EXPECT_EQ(Stat(copy->get())->st_size, Stat(source->get())->st_size);
  EXPECT_TRUE(IsSealed(copy->get()));
}

TEST(MemoryFile, TellsOtherFilesFromSealedOnes) {
  ErrnoOr<Fd> null = OpenAt(AT_FDCWD, "/dev/null", O_RDONLY);
  ASSERT_TRUE(null.ok());
  EXPECT_FALSE(IsSealed(null->get()));
  Fd open_file(memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  EXPECT_FALSE(IsSealed(open_file.get()));
}

}  // namespace
}  // namespace berth::sys
