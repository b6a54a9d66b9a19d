// SPDX-License-Identifier: Apache-2.0
#include "cri/nri/nri_plugins.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "base/status.h"
#include "base/sys/inode.h"
#include "base/sys/socket.h"
#include "base/thread.h"

namespace berth::nri {
namespace {

constexpr size_t kMaxPlugins = 64;
constexpr size_t kMaxJoining = 16;
constexpr int kBacklog = 16;
constexpr mode_t kSocketDirectoryMode = 0700;
constexpr mode_t kSocketMode = 0600;
constexpr absl::Duration kShutdownTimeout = absl::Milliseconds(500);

absl::StatusOr<sys::Fd> ListenOn(const std::string& path) {
  if (path.size() > sys::kMaxSocketPath) {
    return absl::InvalidArgumentError(absl::StrCat("the socket path is too long: ", path));
  }
  RETURN_IF_ERROR(EnsureDirectories(std::string(ParentPath(path)), kSocketDirectoryMode));
  if (sys::HasListener(path.c_str(), SOCK_STREAM)) {
    return absl::UnavailableError("another runtime listens there");
  }
  RETURN_IF_ERROR(ToStatus(sys::RemoveFile(AT_FDCWD, path.c_str()), "remove the old socket"));
  // Its directory may be of an earlier runtime, and open.
  return ToStatusOr(sys::ListenAt(path.c_str(), kSocketMode, kBacklog, SOCK_STREAM), "listen");
}

// A plugin changes what containers are, so only who could do that anyway may be one.
bool MayBePlugin(int socket) {
  const sys::ErrnoOr<ucred> peer = sys::PeerCredentials(socket);
  return peer.ok() && (peer->uid == 0 || peer->uid == geteuid());
}

}  // namespace

absl::StatusOr<std::unique_ptr<NriPlugins>> NriPlugins::Create(NriOptions options,
                                                               NriRuntime runtime) {
  sys::Fd stop(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!stop.is_open()) {
    return ErrnoStatus(sys::Errno::Last("eventfd"), "serve NRI plugins");
  }
  return std::unique_ptr<NriPlugins>(
      new NriPlugins(std::move(options), std::move(runtime), std::move(stop)));
}

NriPlugins::NriPlugins(NriOptions options, NriRuntime runtime, sys::Fd stop)
    : options_(std::move(options)), runtime_(std::move(runtime)), stop_(std::move(stop)) {}

void NriPlugins::Start() {
  deliverer_ = StartLastingThread("nri-deliver", [this] { Deliver(); });
  StartInstalled();
  Listen();
}

void NriPlugins::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  const uint64_t one = 1;
  (void)!write(stop_.get(), &one, sizeof(one));  // an eventfd at 0 always takes it
  for (std::thread* thread : {&acceptor_, &deliverer_}) {
    if (thread->joinable()) {
      thread->join();
    }
  }
  for (Session& session : sessions_) {
    session.thread.join();
  }
  sessions_.clear();
  std::vector<std::unique_ptr<NriPlugin>> plugins;
  turn_.Take();
  plugins = std::exchange(plugins_, {});
  count_ = 0;
  turn_.Give();
  for (const auto& plugin : plugins) {
    plugin->Shutdown(SteadyNow() + kShutdownTimeout);
  }
  plugins.clear();
  {
    absl::MutexLock lock(&mutex_);
    plugins = std::exchange(left_, {});
  }
  if (listener_.is_open()) {
    listener_ = sys::Fd();
    LogIfError(ToStatus(sys::RemoveFile(AT_FDCWD, options_.socket.c_str()), "remove"),
               "ignored: the socket of NRI is left");
  }
}

NriPlugins::~NriPlugins() {
  Stop();
}

Call NriPlugins::UntilStop() const {
  return Call(absl::InfiniteFuture(), [this] { return stopping_.load(); });
}

NriPlugin::Update NriPlugins::UpdateFunction() {
  return [this](const std::string& plugin, const api::UpdateContainersRequest& request) {
    api::UpdateContainersResponse response;
    for (api::ContainerUpdate& failed :
         runtime_.update(UntilStop(), plugin, {request.update().begin(), request.update().end()},
                         {request.evict().begin(), request.evict().end()})) {
      *response.add_failed() = std::move(failed);
    }
    return response;
  };
}

void NriPlugins::StartInstalled() {
  if (options_.plugin_dir.empty()) {
    return;
  }
  const absl::StatusOr<std::vector<InstalledPlugin>> found =
      FindInstalledPlugins(options_.plugin_dir);
  if (!found.ok()) {
    LogIfError(found.status(), "no NRI plugin is started");
    return;
  }
  for (const InstalledPlugin& plugin : *found) {
    const absl::Status joined = [&]() -> absl::Status {
      ASSIGN_OR_RETURN(const std::string config, ReadPluginConfig(options_.config_dir, plugin));
      ASSIGN_OR_RETURN(LaunchedPlugin launched, LaunchPlugin(options_.plugin_dir, plugin));
      return Join(
          std::make_unique<NriPlugin>(std::move(launched.socket), std::move(launched.process),
                                      plugin.index, plugin.name, UpdateFunction()),
          config);
    }();
    LogIfError(joined, absl::StrCat("NRI plugin ", plugin.index, "-", plugin.name, " is not used"));
  }
}

void NriPlugins::Listen() {
  if (options_.socket.empty()) {
    return;
  }
  absl::StatusOr<sys::Fd> listener = ListenOn(options_.socket);
  if (!listener.ok()) {
    LogError("no NRI plugin can connect",
             {{"socket", options_.socket}, {"error", listener.status().ToString()}});
    return;
  }
  listener_ = *std::move(listener);
  acceptor_ = StartLastingThread("nri-accept", [this] { AcceptPlugins(); });
}

void NriPlugins::AcceptPlugins() {
  while (true) {
    pollfd waits[] = {{stop_.get(), POLLIN, 0}, {listener_.get(), POLLIN, 0}};
    if (poll(waits, std::size(waits), -1) < 0 && errno != EINTR) {
      LogError("no NRI plugin can connect any more", {{"error", "poll failed"}});
      return;
    }
    if (waits[0].revents != 0) {
      return;
    }
    sessions_.remove_if([](Session& session) {
      if (session.ended) {
        session.thread.join();
      }
      return session.ended.load();
    });
    sys::Fd socket(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!socket.is_open()) {
      continue;
    }
    if (!MayBePlugin(socket.get()) || sessions_.size() >= kMaxJoining) {
      LogWarning("somebody who wants to be an NRI plugin is turned away");
      continue;
    }
    StartSession(std::make_unique<NriPlugin>(std::move(socket), UpdateFunction()));
  }
}

void NriPlugins::StartSession(std::unique_ptr<NriPlugin> plugin) {
  Session& session = sessions_.emplace_back();
  const auto joining = std::make_shared<std::unique_ptr<NriPlugin>>(std::move(plugin));
  absl::StatusOr<std::thread> thread = StartThread("nri-join", [this, &session, joining] {
    LogIfError(Join(std::move(*joining), ""), "an NRI plugin that has connected is not used");
    session.ended = true;
  });
  if (!thread.ok()) {
    LogIfError(thread.status(), "an NRI plugin is turned away");
    sessions_.pop_back();
    return;
  }
  session.thread = *std::move(thread);
}

absl::Status NriPlugins::AwaitRegistration(NriPlugin& plugin, absl::Time deadline) const {
  while (!stopping_ && !plugin.closed()) {
    const absl::Status registered =
        plugin.AwaitRegistration(std::min(deadline, SteadyNow() + kCallPeriod));
    if (registered.ok() || SteadyNow() >= deadline) {
      return registered;
    }
  }
  return absl::UnavailableError("it has left before it registered");
}

absl::Status NriPlugins::Join(std::unique_ptr<NriPlugin> plugin, const std::string& config) {
  const absl::Time deadline = SteadyNow() + options_.registration_timeout;
  RETURN_IF_ERROR(AwaitRegistration(*plugin, deadline));
  const std::string name = plugin->name();
  api::ConfigureRequest configure;
  configure.set_config(config);
  configure.set_runtime_name("berth");
  configure.set_runtime_version(options_.runtime_version);
  configure.set_registration_timeout(absl::ToInt64Milliseconds(options_.registration_timeout));
  configure.set_request_timeout(absl::ToInt64Milliseconds(options_.request_timeout));
  configure.set_nri_version(kNriVersion);
  RETURN_IF_ERROR(
      Annotate(plugin->Configure(configure, SteadyNow() + options_.request_timeout), name));
  std::vector<api::ContainerUpdate> updates;
  RETURN_IF_ERROR(
      Annotate(Synchronize(plugin, SteadyNow() + options_.registration_timeout, updates), name));
  LogInfo("NRI plugin has joined", {{"plugin", name}});
  if (!updates.empty()) {
    runtime_.update(UntilStop(), name, updates, {});
  }
  return absl::OkStatus();
}

// Takes the plugin once it has the inventory. One that fails has held up all events: for as long
// again no other is heard, so that plugins that fail on and on leave events half of the time.
absl::Status NriPlugins::Synchronize(std::unique_ptr<NriPlugin>& plugin, absl::Time deadline,
                                     std::vector<api::ContainerUpdate>& updates) {
  turn_.Take();
  absl::Time begun = SteadyNow();
  while (begun < next_join_) {
    const absl::Duration pause = next_join_ - begun;
    turn_.Give();
    if (!StaysFor(pause)) {
      return absl::UnavailableError("the daemon stops");
    }
    turn_.Take();
    begun = SteadyNow();
  }
  absl::Status admitted = Admit(plugin, deadline, updates);
  if (!admitted.ok()) {
    next_join_ = SteadyNow() + (SteadyNow() - begun);
  }
  turn_.Give();
  return admitted;
}

bool NriPlugins::StaysFor(absl::Duration pause) {
  absl::MutexLock lock(&mutex_);
  const auto stops = [](std::atomic<bool>* stopping) { return stopping->load(); };
  return !mutex_.AwaitWithTimeout(absl::Condition(+stops, &stopping_), pause);
}

absl::Status NriPlugins::Admit(std::unique_ptr<NriPlugin>& plugin, absl::Time deadline,
                               std::vector<api::ContainerUpdate>& updates) {
  DeliverPosted();
  DropClosed();
  if (plugins_.size() >= kMaxPlugins) {
    return absl::ResourceExhaustedError(absl::StrCat("there are ", kMaxPlugins, " plugins"));
  }
  // Its time begins when it is its turn.
  deadline = std::max(deadline, SteadyNow() + options_.registration_timeout);
  ASSIGN_OR_RETURN(updates, plugin->Synchronize(runtime_.inventory(), deadline));
  const auto after = std::upper_bound(
      plugins_.begin(), plugins_.end(), plugin->index(),
      [](const std::string& index, const auto& other) { return index < other->index(); });
  plugins_.insert(after, std::move(plugin));
  count_ = plugins_.size();
  return absl::OkStatus();
}

void NriPlugins::DropClosed() {
  const auto first = std::stable_partition(plugins_.begin(), plugins_.end(),
                                           [](const auto& plugin) { return !plugin->closed(); });
  absl::MutexLock lock(&mutex_);
  for (auto plugin = first; plugin != plugins_.end(); ++plugin) {
    LogInfo("NRI plugin has left", {{"plugin", (*plugin)->name()}});
    left_.push_back(std::move(*plugin));
  }
  plugins_.erase(first, plugins_.end());
  count_ = plugins_.size();
}

absl::Status NriPlugins::ForEach(const Call& call, Visit visit, absl::FunctionRef<void()> first) {
  if (!turn_.TakeFor(call)) {
    return Annotate(call.Check(), "waiting for NRI plugins");
  }
  first();
  absl::Status asked;
  if (!plugins_.empty()) {
    DeliverPosted();
    asked = AskEach(call, visit);
    DropClosed();
  }
  turn_.Give();
  return asked;
}

absl::Status NriPlugins::AskEach(const Call& call, Visit visit) {
  for (const auto& plugin : plugins_) {
    RETURN_IF_ERROR(call.Check());
    const Call asking(SteadyNow() + options_.request_timeout,
                      [&call] { return !call.Check().ok(); });
    if (absl::Status asked = visit(*plugin, asking); !asked.ok()) {
      return absl::IsCancelled(asked) ? call.Check() : asked;
    }
  }
  return absl::OkStatus();
}

void NriPlugins::Post(api::Event event, api::ContainerEvent message) {
  {
    absl::MutexLock lock(&mutex_);
    if (stopping_) {
      return;
    }
    if (posted_.size() < kMaxPosted) {
      losing_ = false;
      posted_.push_back({event, std::move(message)});
      return;
    }
    if (std::exchange(losing_, true)) {
      return;
    }
  }
  LogError("NRI plugins are too slow: until they have caught up they do not hear what happens");
}

void NriPlugins::DeliverPosted() {
  while (true) {
    Posted next;
    {
      absl::MutexLock lock(&mutex_);
      if (posted_.empty()) {
        return;
      }
      next = std::move(posted_.front());
      posted_.pop_front();
    }
    for (const auto& plugin : plugins_) {
      api::StopContainerResponse response;
      const bool stop = next.event == api::EVENT_STOP_CONTAINER;
      LogIfError(plugin
                     ->Ask(next.event, next.message, stop ? &response : nullptr,
                           Call::WithTimeout(options_.request_timeout))
                     .status(),
                 "ignored: what has happened cannot be refused");
      NoteWanted(plugin->name(), response);
    }
  }
}

void NriPlugins::NoteWanted(const std::string& plugin, api::StopContainerResponse& response) {
  bool all = true;
  {
    absl::MutexLock lock(&mutex_);
    for (api::ContainerUpdate& update : *response.mutable_update()) {
      all = wanted_.size() < kMaxWanted;
      if (!all) {
        break;
      }
      wanted_.emplace_back(plugin, std::move(update));
    }
  }
  if (!all) {
    LogWarning("not done: an NRI plugin wants too many updates", {{"plugin", plugin}});
  }
}

// On a thread of its own: brings what is posted, and does what plugins want in return, which may
// need a lock that whoever brings an event holds.
void NriPlugins::Deliver() {
  while (true) {
    std::deque<std::pair<std::string, api::ContainerUpdate>> wanted;
    std::vector<std::unique_ptr<NriPlugin>> left;
    {
      absl::MutexLock lock(&mutex_);
      auto something = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
        return stopping_ || !posted_.empty() || !wanted_.empty() || !left_.empty();
      };
      mutex_.Await(absl::Condition(&something));
      if (stopping_) {
        return;
      }
      wanted = std::exchange(wanted_, {});
      left = std::exchange(left_, {});
    }
    left.clear();
    for (const auto& [plugin, update] : wanted) {
      runtime_.update(UntilStop(), plugin, {update}, {});
    }
    turn_.Take();
    DeliverPosted();
    DropClosed();
    turn_.Give();
  }
}

}  // namespace berth::nri
