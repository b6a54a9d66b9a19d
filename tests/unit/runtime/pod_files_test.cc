// SPDX-License-Identifier: Apache-2.0
#include "runtime/pod_files.h"

#include <sys/stat.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/runtime/spec/fake_host_files.h"

namespace berth::runtime {
namespace {

PlannedPod Planned() {
  PlannedPod pod;
  pod.hosts = "127.0.0.1 localhost\n";
  pod.hostname = "web\n";
  pod.resolv_conf = "nameserver 10.0.0.10\n";
  return pod;
}

mode_t ModeOf(const std::string& path) {
  struct stat info = {};
  EXPECT_EQ(stat(path.c_str(), &info), 0) << path;
  return info.st_mode & 0777;
}

TEST(PodFiles, AreWrittenForContainersToRead) {
  test::TempDir dir;
  const std::string pod = dir.Join("pod");
  const mode_t before = umask(077);
  ASSERT_THAT(MakePodFiles(pod, Planned()), test::IsOk());
  umask(before);
  const PodFiles files = PodFilesIn("/state/pod", pod, /*host_ipc=*/false);
  EXPECT_EQ(dir.Read("pod/hosts"), "127.0.0.1 localhost\n");
  EXPECT_EQ(files.hosts, pod + "/hosts");
  EXPECT_EQ(dir.Read("pod/hostname"), "web\n");
  EXPECT_EQ(files.hostname, pod + "/hostname");
  EXPECT_EQ(dir.Read("pod/resolv.conf"), "nameserver 10.0.0.10\n");
  EXPECT_EQ(files.resolv_conf, pod + "/resolv.conf");
  EXPECT_EQ(ModeOf(pod), 0700u);
  EXPECT_EQ(ModeOf(files.hosts), 0644u);
}

TEST(PodFiles, HostsGetTheAddressesOfThePod) {
  test::TempDir dir;
  const std::string pod = dir.Join("pod");
  ASSERT_THAT(MakePodFiles(pod, Planned()), test::IsOk());
  ASSERT_THAT(AddPodHosts(pod, {"10.1.0.2", "fd00::2"}, "web"), test::IsOk());
  EXPECT_EQ(dir.Read("pod/hosts"), "127.0.0.1 localhost\n10.1.0.2\tweb\nfd00::2\tweb\n");
}

TEST(PodFiles, APrivateOneIsNewAndOurs) {
  test::TempDir dir;
  ASSERT_THAT(WritePrivateFile(dir.Join("config.json"), "{}"), test::IsOk());
  EXPECT_EQ(dir.Read("config.json"), "{}");
  EXPECT_EQ(ModeOf(dir.Join("config.json")), 0600u);
  EXPECT_THAT(WritePrivateFile(dir.Join("config.json"), "other"),
              test::StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_EQ(dir.Read("config.json"), "{}");
}

TEST(PodFiles, AreLabelledWhereThereAreLabels) {
  FakeHostFiles host;
  ASSERT_THAT(LabelPodFiles(host, "/pod", ""), test::IsOk());
  EXPECT_TRUE(host.labelled.empty());
  ASSERT_THAT(LabelPodFiles(host, "/pod", "u:object_r:t:s0"), test::IsOk());
  EXPECT_EQ(host.labelled.size(), 3u);
  EXPECT_EQ(host.labelled["/pod/resolv.conf"], "u:object_r:t:s0");
}

TEST(PodFiles, TheCgroupIsNoted) {
  test::TempDir dir;
  EXPECT_EQ(NotedCgroup(dir.path()), "");
  ASSERT_THAT(MakePodDirectory(dir.Join("pod"), Planned(), "/berth/pod"), test::IsOk());
  EXPECT_EQ(NotedCgroup(dir.Join("pod")), "/berth/pod");
  EXPECT_EQ(ModeOf(dir.Join("pod")), 0700u);
}

TEST(PodFiles, AnExistingDirectoryIsNobodysToFill) {
  test::TempDir dir;
  EXPECT_THAT(MakePodDirectory(dir.path(), Planned(), "/berth/pod"),
              test::StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(MakePodFiles(dir.path(), Planned()),
              test::StatusIs(absl::StatusCode::kAlreadyExists));
}

TEST(PodFiles, RemovalTakesAll) {
  test::TempDir dir;
  const std::string pod = dir.Join("pod");
  ASSERT_THAT(MakePodFiles(pod, Planned()), test::IsOk());
  dir.Write("pod/exits/abc", "x");
  EXPECT_THAT(RemovePodDirectory(pod), test::IsOk());
  EXPECT_THAT(RemovePodDirectory(pod), test::IsOk());
  EXPECT_THAT(MakePodFiles(pod, Planned()), test::IsOk());
}

TEST(PodFiles, WithTheHostsIpcMemoryIsTheHosts) {
  EXPECT_EQ(PodFilesIn("/state/pod", "/etc", /*host_ipc=*/true).shm, "/dev/shm");
  EXPECT_EQ(PodFilesIn("/state/pod", "/etc", /*host_ipc=*/false).shm, "/state/pod/shm");
}

TEST(PodFiles, InTheStateDirectoryTheyAreReadOnly) {
  EXPECT_FALSE(PodFilesIn("/state/pod", "/etc", /*host_ipc=*/false).read_only);
  EXPECT_TRUE(PodFilesIn("/state/pod", "/state/pod", /*host_ipc=*/false).read_only);
}

}  // namespace
}  // namespace berth::runtime
