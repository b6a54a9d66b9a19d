// SPDX-License-Identifier: Apache-2.0
#include "tests/kernel/runtime/shim/pod_under_test.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"

#include "base/sys/cgroup.h"
#include "base/sys/clock.h"
#include "base/sys/file.h"
#include "base/sys/memory_file.h"
#include "base/sys/socket.h"
#include "tests/support/patience.h"
#include "tests/support/status_matchers.h"

namespace berth::test {
namespace {

using runtime::LaunchPlan;
using runtime::PidNamespace;
using runtime::PodPlan;
using runtime::ProcessPlan;
using runtime::ReplyType;
using runtime::RequestType;
using runtime::ShimReply;
using runtime::ShimRequest;

constexpr char kCgroupRoot[] = "/sys/fs/cgroup";
// Those that Docker and Kubernetes give to a container of root.
constexpr uint64_t kUsualCapabilities = 0xa80425fb;

bool Exists(const std::string& path) {
  return access(path.c_str(), F_OK) == 0;
}

// Where a cgroup directory may be made: version 1's controllers, and version 2 beside or instead.
std::vector<std::string> Hierarchies() {
  if (Exists(absl::StrCat(kCgroupRoot, "/cgroup.controllers"))) {
    return {kCgroupRoot};
  }
  std::vector<std::string> found;
  for (const char* name : {"memory", "pids", "cpu", "freezer", "unified"}) {
    if (Exists(absl::StrCat(kCgroupRoot, "/", name, "/cgroup.procs"))) {
      found.push_back(absl::StrCat(kCgroupRoot, "/", name));
    }
  }
  return found;
}

std::string IdOf(const ShimReply& reply) {
  return std::string(reply.container_id, strnlen(reply.container_id, sizeof(reply.container_id)));
}

sys::Fd PlanFile(const std::string& encoded) {
  sys::ErrnoOr<sys::Fd> file = sys::SealedMemoryFile("plan", encoded.data(), encoded.size());
  EXPECT_THAT(file, IsOk());
  return file.ok() ? *std::move(file) : sys::Fd();
}

// One copy for all, as in the daemon.
const sys::Fd& ShimProgram() {
  static const sys::Fd* const kProgram = [] {
    sys::ErrnoOr<sys::Fd> binary = sys::OpenAt(AT_FDCWD, BERTH_BIN_DIR "/berth-shim", O_RDONLY);
    EXPECT_THAT(binary, IsOk());
    sys::ErrnoOr<sys::Fd> program = sys::SealedProgram("berth-shim", binary->get());
    EXPECT_THAT(program, IsOk());
    return new sys::Fd(*std::move(program));
  }();
  return *kProgram;
}

runtime::MountPlan Filesystem(const std::string& type, const std::string& destination,
                              uint64_t attributes) {
  runtime::MountPlan mount;
  mount.kind = runtime::MountKind::kFilesystem;
  mount.source = type;
  mount.destination = destination;
  mount.attributes = attributes;
  return mount;
}

}  // namespace

int64_t Soon() {
  return sys::MonotonicTime() + 10 * Patience() * sys::kSecond;
}

std::string ReadWhole(int fd) {
  std::string all;
  char buffer[4096];
  int64_t deadline = Soon();
  while (true) {
    pollfd entry = {fd, POLLIN, 0};
    if (poll(&entry, 1, sys::PollTimeout(deadline)) <= 0) {
      ADD_FAILURE() << "no end of file; so far: " << all;
      return all;
    }
    ssize_t count = read(fd, buffer, sizeof(buffer));
    if (count <= 0) {
      return all;
    }
    all.append(buffer, static_cast<size_t>(count));
  }
}

PipeEnds MakePipe() {
  int ends[2];
  EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
  return {sys::Fd(ends[0]), sys::Fd(ends[1])};
}

LaunchPlan In(PidNamespace where, LaunchPlan plan) {
  plan.pid_namespace = where;
  return plan;
}

PodUnderTest::PodUnderTest(PodPlan plan)
    : cgroup_("shim-" + std::filesystem::path(directory_.path()).filename().string()) {
  MakeRootfs();
  StartShim(std::move(plan));
}

PodUnderTest::~PodUnderTest() {
  subscription_ = sys::Fd();
  if (ready_.type == ReplyType::kReady && shim_.pidfd() >= 0) {
    sys::Fd connection = Connect();
    ShimRequest request = Request(RequestType::kShutdown);
    EXPECT_THAT(sys::SendPacket(connection.get(), &request, sizeof(request), {}, Soon()), IsOk());
    EXPECT_EQ(Receive(connection.get()).type, ReplyType::kDone);
  }
  if (shim_.pidfd() < 0) {  // it was killed
    RemoveCgroups();
    return;
  }
  sys::ErrnoOr<sys::ExitStatus> status = shim_.Wait(Soon());
  EXPECT_THAT(status, IsOk());
  if (status.ok()) {
    EXPECT_EQ(status->code, ready_.type == ReplyType::kReady ? 0 : 1);
  }
  RemoveCgroups();
}

bool PodUnderTest::KillShim() {
  return shim_.Signal(SIGKILL).ok() && shim_.Wait(Soon()).ok();
}

void PodUnderTest::MakeRootfs() {
  namespace fs = std::filesystem;
  const std::string bin = directory_.Join("lower/bin");
  fs::create_directories(bin);
  for (const char* name : {"upper", "work", "logs", "pod"}) {
    fs::create_directories(directory_.Join(name));
  }
  for (const char* name : {"etc", "home", "locked"}) {
    fs::create_directories(directory_.Join(absl::StrCat("lower/", name)));
  }
  fs::permissions(directory_.Join("lower/locked"), fs::perms::owner_all);
  fs::copy_file("/bin/busybox", bin + "/busybox");
  for (const char* applet :
       {"sh",     "cat",   "ls",       "id",     "echo",     "sleep", "true", "false", "kill",
        "mount",  "touch", "hostname", "stat",   "readlink", "dd",    "seq",  "ps",    "tty",
        "stty",   "mkdir", "ip",       "yes",    "printf",   "grep",  "wc",   "head",  "tail",
        "setsid", "nohup", "rm",       "chmod",  "umount",   "env",   "pwd",  "test",  "date",
        "cut",    "sort",  "tr",       "usleep", "find",     "nc"}) {
    fs::create_symlink("busybox", bin + "/" + applet);
  }
  // Overlay shows the root's mode as that of its upper directory.
  fs::permissions(directory_.Join("upper"), static_cast<fs::perms>(0755));
  fs::permissions(directory_.path(), static_cast<fs::perms>(0755));
}

void PodUnderTest::MakeCgroups(const std::string& id) {
  for (const std::string& hierarchy : Hierarchies()) {
    std::string path = hierarchy;
    for (const std::string& name : {cgroup_, id}) {
      absl::StrAppend(&path, "/", name);
      if (!Exists(path)) {
        ASSERT_EQ(mkdir(path.c_str(), 0755), 0) << path << ": " << strerror(errno);
        made_cgroups_.push_back(path);
      }
      if (name == cgroup_ && Hierarchies().size() == 1) {
        for (const std::string& parent : {hierarchy, path}) {
          std::ofstream(parent + "/cgroup.subtree_control") << "+memory +pids";
        }
      }
    }
  }
}

void PodUnderTest::RemoveCgroups() {
  // Those of execs that the shim could not remove, or did not come to, go with the container's.
  for (const std::string& made : std::vector<std::string>(made_cgroups_)) {
    for (const auto& entry : std::filesystem::directory_iterator(made)) {
      if (entry.path().filename().string().rfind("exec-", 0) == 0) {
        made_cgroups_.push_back(entry.path());
      }
    }
  }
  while (!made_cgroups_.empty()) {
    const std::string path = made_cgroups_.back();
    made_cgroups_.pop_back();
    // Processes that have just been reaped may still be on their way out of it.
    EXPECT_TRUE(Eventually([&path] { return rmdir(path.c_str()) == 0 || errno == ENOENT; }))
        << path << " is still in use";
  }
}

std::vector<std::string> PodUnderTest::CgroupDirectories(const std::string& id) const {
  std::vector<std::string> directories;
  for (const std::string& hierarchy : Hierarchies()) {
    directories.push_back(absl::StrCat(hierarchy, "/", cgroup_, "/", id));
  }
  return directories;
}

std::string PodUnderTest::MemoryCgroup(const std::string& id) const {
  return CgroupDirectories(id).front();
}

void PodUnderTest::StartShim(PodPlan plan) {
  plan.pod_id = "pod";
  plan.directory = directory_.Join("pod");
  MakeCgroups("shim");
  plan.cgroup_directories = CgroupDirectories("shim");
  const std::string socket_path = directory_.Join("pod/shim.sock");
  ASSERT_OK_AND_ASSIGN(sys::Fd listener, sys::ListenAt(socket_path.c_str(), 0600, 128));
  const sys::Fd& program = ShimProgram();
  sys::Fd plan_file = PlanFile(Encode(plan));
  ASSERT_OK_AND_ASSIGN(sys::SocketPair ready, sys::MakeSocketPair());
  const sys::FdMapping descriptors[] = {{listener.get(), runtime::kShimListenFd},
                                        {plan_file.get(), runtime::kShimPlanFd},
                                        {ready.second.get(), runtime::kShimReadyFd}};
  char name[] = "berth-shim";
  char* const arguments[] = {name, nullptr};
  char* const environment[] = {nullptr};
  sys::SpawnRequest request;
  request.program = program.get();
  request.arguments = arguments;
  request.environment = environment;
  request.descriptors = descriptors;
  ASSERT_OK_AND_ASSIGN(sys::Fd birthplace, sys::FindBirthplace(plan.cgroup_directories));
  request.cgroup = birthplace.get();
  ASSERT_OK_AND_ASSIGN(shim_, sys::SpawnProcess(request));
  ready.second = sys::Fd();
  ASSERT_EQ(shutdown(ready.first.get(), SHUT_WR), 0);
  const std::string answer = ReadWhole(ready.first.get());
  ASSERT_EQ(answer.size(), sizeof(ready_));
  memcpy(&ready_, answer.data(), sizeof(ready_));
  if (ready_.type == ReplyType::kReady) {
    Subscribe(&subscription_);
  }
}

ProcessPlan PodUnderTest::Process(const std::string& script) {
  ProcessPlan process;
  process.arguments = {"sh", "-c", script};
  process.environment = {"PATH=/usr/bin:/bin", "HOME=/"};
  process.groups = {0};
  process.capabilities = {kUsualCapabilities, kUsualCapabilities, kUsualCapabilities, 0};
  return process;
}

LaunchPlan PodUnderTest::Plan(const std::string& id, const std::string& script) {
  MakeCgroups(id);
  LaunchPlan plan;
  plan.container_id = id;
  plan.cgroup_directories = CgroupDirectories(id);
  plan.oom_file = MemoryCgroup(id) + "/memory.oom_control";
  if (!Exists(plan.oom_file)) {
    plan.oom_file = MemoryCgroup(id) + "/memory.events";
  }
  plan.log_path = directory_.Join("logs//") + id;
  const std::string layer = absl::StrCat("c", layers_++);
  for (const char* kind : {"upper/", "work/"}) {
    const std::string path = directory_.Join(absl::StrCat(kind, layer));
    std::filesystem::create_directories(path);
    std::filesystem::permissions(path, static_cast<std::filesystem::perms>(0755));
  }
  plan.root.lower = {directory_.Join("lower")};
  plan.root.upper = directory_.Join("upper/" + layer);
  plan.root.work = directory_.Join("work/" + layer);
  constexpr uint64_t kRestricted = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
  plan.mounts = {Filesystem("proc", "/proc", kRestricted),
                 Filesystem("sysfs", "/sys", kRestricted | MOUNT_ATTR_RDONLY)};
  for (const auto& [path, minor] : std::map<std::string, uint32_t>{
           {"/dev/null", 3}, {"/dev/zero", 5}, {"/dev/full", 7}, {"/dev/urandom", 9}}) {
    runtime::DevicePlan device;
    device.path = path;
    device.major = 1;
    device.minor = minor;
    plan.devices.push_back(device);
  }
  plan.devices.push_back({"/dev/tty", "", false, 5, 0, 0666, 0, 0});
  plan.symlinks = {{"/dev/fd", "/proc/self/fd"},
                   {"/dev/stdin", "/proc/self/fd/0"},
                   {"/dev/stdout", "/proc/self/fd/1"},
                   {"/dev/stderr", "/proc/self/fd/2"}};
  plan.process = Process(script);
  return plan;
}

sys::Fd PodUnderTest::Connect() const {
  sys::ErrnoOr<sys::Fd> connection = sys::ConnectTo(directory_.Join("pod/shim.sock").c_str());
  EXPECT_THAT(connection, IsOk());
  return connection.ok() ? *std::move(connection) : sys::Fd();
}

ShimReply PodUnderTest::Receive(int connection, sys::Fd* descriptor) {
  ShimReply reply;
  sys::Fd none;
  sys::ErrnoOr<sys::PacketSize> size =
      sys::ReceivePacket(connection, std::span(reinterpret_cast<char*>(&reply), sizeof(reply)),
                         std::span(descriptor == nullptr ? &none : descriptor, 1), Soon());
  EXPECT_THAT(size, IsOk());
  if (!size.ok() || size->bytes != sizeof(reply)) {
    ADD_FAILURE() << "no reply";
    reply.type = ReplyType::kFailed;
  }
  return reply;
}

ShimRequest PodUnderTest::Request(RequestType type, const std::string& id) {
  ShimRequest request;
  request.type = type;
  memcpy(request.container_id, id.data(), std::min(id.size(), sizeof(request.container_id) - 1));
  return request;
}

ShimReply PodUnderTest::Ask(const ShimRequest& request, std::span<const int> descriptors) {
  sys::Fd connection = Connect();
  EXPECT_THAT(sys::SendPacket(connection.get(), &request, sizeof(request), descriptors, Soon()),
              IsOk());
  return Receive(connection.get());
}

ShimReply PodUnderTest::Start(const LaunchPlan& plan) {
  sys::Fd file = PlanFile(Encode(plan));
  const int descriptors[] = {file.get()};
  return Ask(Request(RequestType::kStart), descriptors);
}

ShimReply PodUnderTest::Launch(const LaunchPlan& plan) {
  ShimReply reply = Start(plan);
  EXPECT_EQ(reply.type, ReplyType::kStarted)
      << StepName(reply.step) << " " << reply.item << ": " << strerror(reply.error);
  return reply;
}

ShimReply PodUnderTest::AwaitExit(const std::string& id) {
  while (exits_.count(id) == 0) {
    ShimReply reply = Receive(subscription_.get());
    if (reply.type != ReplyType::kExited) {
      ADD_FAILURE() << "no exit of " << id;
      return reply;
    }
    exits_[IdOf(reply)] = reply;
  }
  return exits_[id];
}

std::string PodUnderTest::Run(const LaunchPlan& plan) {
  if (Launch(plan).type != ReplyType::kStarted) {
    return "not started";
  }
  AwaitExit(plan.container_id);
  return Output(plan.container_id);
}

std::string PodUnderTest::Log(const std::string& id) const {
  return Exists(LogPath(id)) ? directory_.Read("logs/" + id) : "";
}

std::string PodUnderTest::Output(const std::string& id, const std::string& stream) const {
  std::string output;
  for (absl::string_view line : absl::StrSplit(Log(id), '\n', absl::SkipEmpty())) {
    std::vector<std::string> parts = absl::StrSplit(line, absl::MaxSplits(' ', 3));
    if (parts.size() == 4 && parts[1] == stream) {
      absl::StrAppend(&output, parts[3], parts[2] == "F" ? "\n" : "");
    }
  }
  return output;
}

void PodUnderTest::AwaitLog(const std::string& id, const std::string& text) const {
  EXPECT_TRUE(Eventually([&] { return Log(id).find(text) != std::string::npos; }))
      << "no '" << text << "' in: " << Log(id);
}

sys::Fd PodUnderTest::BeginExec(const runtime::ExecPlan& plan, std::span<const int> stdio) {
  sys::Fd file = PlanFile(Encode(plan));
  std::vector<int> descriptors = {file.get()};
  descriptors.insert(descriptors.end(), stdio.begin(), stdio.end());
  sys::Fd connection = Connect();
  const ShimRequest request = Request(RequestType::kExec);
  EXPECT_THAT(sys::SendPacket(connection.get(), &request, sizeof(request), descriptors, Soon()),
              IsOk());
  return connection;
}

ExecOutcome PodUnderTest::Exec(const runtime::ExecPlan& plan) {
  PipeEnds out = MakePipe();
  PipeEnds err = MakePipe();
  sys::ErrnoOr<sys::Fd> in = sys::OpenAt(AT_FDCWD, "/dev/null", O_RDONLY);
  const int stdio[] = {in->get(), out.write.get(), err.write.get()};
  sys::Fd connection = BeginExec(plan, stdio);
  ExecOutcome outcome;
  outcome.started = Receive(connection.get());
  out.write = sys::Fd();
  err.write = sys::Fd();
  if (outcome.started.type == ReplyType::kStarted) {
    outcome.out = ReadWhole(out.read.get());
    outcome.err = ReadWhole(err.read.get());
    outcome.exited = Receive(connection.get());
    EXPECT_EQ(outcome.exited.type, ReplyType::kExited);
  }
  return outcome;
}

ShimReply PodUnderTest::Signal(const std::string& id, int signal, bool all) {
  ShimRequest request = Request(RequestType::kSignal, id);
  request.signal = signal;
  request.all_processes = all ? 1 : 0;
  return Ask(request);
}

ShimReply PodUnderTest::Forget(const std::string& id) {
  exits_.erase(id);
  return Ask(Request(RequestType::kForget, id));
}

std::map<std::string, ShimReply> PodUnderTest::Subscribe(sys::Fd* connection) {
  *connection = Connect();
  ShimRequest request = Request(RequestType::kSubscribe);
  EXPECT_THAT(sys::SendPacket(connection->get(), &request, sizeof(request), {}, Soon()), IsOk());
  std::map<std::string, ShimReply> containers;
  while (true) {
    ShimReply reply = Receive(connection->get());
    if (reply.type != ReplyType::kContainer) {
      EXPECT_EQ(reply.type, ReplyType::kSynced);
      return containers;
    }
    containers[IdOf(reply)] = reply;
  }
}

size_t PodUnderTest::CountShimFds() const {
  size_t count = 0;
  for ([[maybe_unused]] const auto& entry :
       std::filesystem::directory_iterator(absl::StrCat("/proc/", shim_pid(), "/fd"))) {
    ++count;
  }
  return count;
}

void PodUnderTest::AwaitShimFds(size_t count) const {
  EXPECT_TRUE(Eventually([&] { return CountShimFds() <= count; }))
      << CountShimFds() << " instead of " << count;
}

}  // namespace berth::test
