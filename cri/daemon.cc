// SPDX-License-Identifier: Apache-2.0
#include "cri/daemon.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "base/kernel_names.h"
#include "base/log.h"
#include "base/path.h"
#include "base/status.h"
#include "base/sys/inode.h"
#include "base/version.h"
#include "cri/checkpoint/checkpoints.h"
#include "cri/container_roots.h"
#include "cri/engine_api/build/build_routes.h"
#include "cri/engine_api/build/run_step_runner.h"
#include "cri/engine_api/containers/container_engine.h"
#include "cri/engine_api/containers/container_routes.h"
#include "cri/engine_api/containers/image_mounts.h"
#include "cri/engine_api/containers/log_rotator.h"
#include "cri/engine_api/engine_database.h"
#include "cri/engine_api/engine_server.h"
#include "cri/engine_api/event_hub.h"
#include "cri/engine_api/execs/exec_registry.h"
#include "cri/engine_api/execs/exec_routes.h"
#include "cri/engine_api/execs/session_keeper.h"
#include "cri/engine_api/files/file_routes.h"
#include "cri/engine_api/health/health_monitor.h"
#include "cri/engine_api/images/image_events.h"
#include "cri/engine_api/images/image_routes.h"
#include "cri/engine_api/images/registry_auth.h"
#include "cri/engine_api/networks/network_registry.h"
#include "cri/engine_api/networks/network_routes.h"
#include "cri/engine_api/routes.h"
#include "cri/engine_api/stats/stats_routes.h"
#include "cri/engine_api/usage/usage_routes.h"
#include "cri/engine_api/volumes/volume_routes.h"
#include "cri/engine_api/volumes/volume_store.h"
#include "cri/image_service.h"
#include "cri/node_sample.h"
#include "cri/nri/nri_hooks.h"
#include "cri/runtime_service.h"
#include "cri/server.h"
#include "cri/streaming/streaming_server.h"
#include "cri/validation.h"
#include "imageservice/build/builder.h"
#include "imageservice/image_store.h"
#include "imageservice/registry/login_check.h"
#include "metrics/container_metrics.h"
#include "metrics/endpoint.h"
#include "metrics/metrics.h"
#include "runtime/checkpointer.h"
#include "runtime/host.h"
#include "runtime/pod_runtime.h"
#include "runtime/shutdown.h"

namespace berth::cri {
namespace {

constexpr absl::Duration kShutdownGrace = absl::Seconds(5);
constexpr char kPackagedShim[] = "/usr/libexec/berth/berth-shim";

std::string DefaultPlatform() {
  return ReadKernelNames().machine == "aarch64" ? "linux/arm64" : "linux/amd64";
}

absl::StatusOr<std::string> FindShim(const Config& config) {
  if (!config.shim.empty()) {
    return config.shim;
  }
  std::string self(PATH_MAX, '\0');
  ASSIGN_OR_RETURN(const size_t length,
                   ToStatusOr(sys::ReadSymlinkAt(AT_FDCWD, "/proc/self/exe", self), "find berthd"));
  self.resize(length);
  for (const std::string& path :
       {JoinPath(ParentPath(self), "berth-shim"), std::string(kPackagedShim)}) {
    if (sys::StatAt(AT_FDCWD, path.c_str(), 0).ok()) {
      return path;
    }
  }
  return absl::NotFoundError(absl::StrCat("no berth-shim beside ", self, " nor at ", kPackagedShim,
                                          "; name it by the key shim"));
}

imageservice::ImageStoreOptions StoreOptions(const Config& config) {
  imageservice::ImageStoreOptions options;
  options.root = config.root;
  options.registry_dirs = config.image_registry_dirs;
  options.platform = config.image_platform.empty() ? DefaultPlatform() : config.image_platform;
  options.max_concurrent_downloads = static_cast<int>(config.image_concurrent_downloads);
  options.max_concurrent_pulls = static_cast<int>(config.image_concurrent_pulls);
  options.progress_timeout = config.image_progress_timeout;
  options.gc_interval = config.image_gc_interval;
  options.pinned_images = config.image_pinned;
  return options;
}

runtime::RuntimeOptions PodOptions(const Config& config, std::string shim) {
  runtime::RuntimeOptions options;
  options.paths = {.root = config.root, .state = config.state, .shim = std::move(shim)};
  options.cni_config_dirs = config.network_config_dirs;
  options.cni_plugin_dirs = config.network_plugin_dirs;
  options.cni_cache_dir = config.network_cache_dir;
  options.cni_lease_dirs = {JoinPath(config.root, "networks")};  // NetworkRegistry's
  options.cdi_spec_dirs = config.cdi_spec_dirs;
  options.cgroup_driver = config.cgroup_driver == "systemd" ? runtime::CgroupDriver::kSystemd
                                                            : runtime::CgroupDriver::kCgroupfs;
  options.cgroup_root = config.cgroup_parent;
  if (options.cgroup_root.empty()) {
    options.cgroup_root =
        options.cgroup_driver == runtime::CgroupDriver::kSystemd ? "berth.slice" : "/berth";
  }
  options.unset_seccomp_is_default = config.security_unset_seccomp == "default";
  for (const auto& [name, handler] : config.handlers) {
    options.handlers[name] = {handler.path, handler.root, handler.options};
  }
  return options;
}

nri::NriOptions PluginOptions(const Config& config) {
  return {.socket = config.nri_socket,
          .plugin_dir = config.nri_plugin_dir,
          .config_dir = config.nri_config_dir,
          .registration_timeout = config.nri_registration_timeout,
          .request_timeout = config.nri_request_timeout,
          .runtime_version = kVersion};
}

NetworkOptions NetworksOf(const Config& config) {
  return {.root = config.root,
          .bridge = config.docker_bridge,
          .bridge_subnet = config.docker_bridge_subnet,
          .address_pools = config.docker_address_pools,
          .names = {}};
}

class RunningDaemon : public Daemon {
 public:
  absl::Status Build(const Config& config) {
    ASSIGN_OR_RETURN(std::string shim, FindShim(config));
    ASSIGN_OR_RETURN(runtime_, runtime::PodRuntime::Create(PodOptions(config, shim), metrics_));
    LogIfError(runtime::LabelLayers(*runtime_, JoinPath(config.root, "snapshots")),
               "containers may not be able to read their images");
    imageservice::ImageStoreOptions store = StoreOptions(config);
    store.listener = [this](const imageservice::ImageChange& change) {
      TellOfChange(engine_events_, change);
    };
    ASSIGN_OR_RETURN(images_, imageservice::ImageStore::Open(std::move(store), metrics_));
    runtime_->OnContainerRemoved([this](const std::string& id) { RemoveRootsOf(*images_, id); });
    RemoveStrayRoots(*images_, *runtime_);
    container_metrics_ =
        std::make_shared<metrics::ContainerMetrics>([this] { return SampleNode(*runtime_); });
    if (!config.metrics_address.empty()) {
      absl::StatusOr<std::unique_ptr<metrics::Endpoint>> endpoint =
          metrics::Endpoint::Start(config.metrics_address, metrics_, {container_metrics_});
      RETURN_IF_ERROR(Annotate(endpoint.status(),
                               "metrics.address (another, or \"\" for no metrics, can be set)"));
      endpoint_ = *std::move(endpoint);
    }
    if (!config.nri_socket.empty() || !config.nri_plugin_dir.empty()) {
      ASSIGN_OR_RETURN(
          nri_, nri::NriHooks::Start(PluginOptions(config), *runtime_, ValidateContainerConfig));
    }
    return Serve(config);
  }

 private:
  absl::Status Serve(const Config& config) {
    const int max_threads = static_cast<int>(config.grpc_max_threads);
    const StreamingOptions streaming = {.address = config.streaming_address,
                                        .idle_timeout = config.streaming_idle_timeout};
    ASSIGN_OR_RETURN(streams_, StreamingServer::Start(streaming, *runtime_));
    cri_runtime_ = runtime::PodRuntime::ViewOf(*runtime_, runtime::PodOwner::kCri);
    engine_runtime_ = runtime::PodRuntime::ViewOf(*runtime_, runtime::PodOwner::kEngine);
    runtime::PodRuntime& seen = config.docker_visible_to_cri ? *runtime_ : *cri_runtime_;
    runtime_service_ = std::make_unique<RuntimeService>(seen, *images_, *streams_, metrics_,
                                                        ConfigJson(config), max_threads);
    runtime_service_->SetNri(nri_.get());
    if (!config.checkpoint_criu.empty()) {
      checkpointer_ = runtime::Checkpointer::Of(*runtime_, config.checkpoint_criu);
      checkpoints_ = std::make_unique<Checkpoints>(seen, *checkpointer_, config.root);
      engine_checkpoints_ =
          std::make_unique<Checkpoints>(*engine_runtime_, *checkpointer_, config.root);
      runtime_service_->SetCheckpoints(checkpoints_.get());
    }
    const bool has_docker = config.docker_address != kDockerOff;
    image_service_ = std::make_unique<ImageService>(
        *images_, metrics_, max_threads, [this, has_docker] { return ImagesOfEngine(has_docker); });
    ServerOptions options;
    options.address = config.address;
    options.group = config.group;
    options.max_threads = max_threads;
    options.max_request_size = static_cast<int>(config.grpc_max_message);
    ASSIGN_OR_RETURN(server_,
                     Server::Start(options, {runtime_service_.get(), image_service_.get()}));
    return ServeDocker(config);
  }

  ContainerCounts CountOfContainers() const {
    ContainerCounts counts;
    containers_->ForEach([&counts](const EngineContainerRecord& record) {
      (record.state.paused()    ? counts.paused
       : record.state.running() ? counts.running
                                : counts.stopped) += 1;
    });
    return counts;
  }

  // By containers of pods, and by those of Docker's clients, which keep their images while they do
  // not run: what they are made of, and what they mount.
  std::vector<ImageUse> UsesOfImages() const {
    std::vector<ImageUse> uses;
    for (const runtime::ContainerSnapshot& container : runtime_->Containers()) {
      const bool runs = container.state == runtime::v1::CONTAINER_RUNNING;
      uses.push_back({.image_id = container.image.id, .container = container.id, .runs = runs});
      for (const runtime::v1::Mount& mount : container.config.mounts()) {
        if (mount.has_image()) {
          uses.push_back(
              {.image_id = mount.image().image_ref(), .container = container.id, .runs = runs});
        }
      }
    }
    containers_->ForEach([&uses](const EngineContainerRecord& record) {
      for (const std::string& image_id : ImagesOf(record)) {
        uses.push_back(
            {.image_id = image_id, .container = record.id, .runs = record.state.running()});
      }
    });
    return uses;
  }

  // What containers of Docker's clients need, by id. Unavailable until they are known.
  absl::StatusOr<std::map<std::string, std::string>> ImagesOfEngine(bool has_docker) const {
    std::map<std::string, std::string> images;
    if (const ContainerEngine* const engine = engine_.load()) {
      engine->ForEach([&images](const EngineContainerRecord& record) {
        for (const std::string& image_id : ImagesOf(record)) {
          images.emplace(image_id, record.id);
        }
      });
    } else if (has_docker) {
      return absl::UnavailableError(
          "which images the containers of the Engine API need is not known yet");
    }
    return images;
  }

  absl::Status OpenBuilder(const Config& config) {
    step_runner_ = std::make_unique<RunStepRunner>(*engine_runtime_);
    ASSIGN_OR_RETURN(builder_,
                     imageservice::Builder::Open(
                         {.root = config.root,
                          .state = config.state,
                          .platform = StoreOptions(config).platform,
                          .cache_bytes = static_cast<uint64_t>(config.docker_build_cache)},
                         *images_, *step_runner_));
    return absl::OkStatus();
  }

  EngineParts PartsOfEngine(const Config& config) {
    return {.runtime = *engine_runtime_,
            .pods = *cri_runtime_,
            .images = *images_,
            .networks = *networks_,
            .volumes = *volumes_,
            .database = *engine_database_,
            .events = engine_events_,
            .plans = *plans_,
            .init = config.docker_init,
            .checkpoints = engine_checkpoints_.get()};
  }

  absl::Status OpenEngine(const Config& config) {
    ASSIGN_OR_RETURN(engine_database_, EngineDatabase::Open(JoinPath(config.root, "engine.db")));
    ASSIGN_OR_RETURN(networks_,
                     NetworkRegistry::Open(*engine_database_, *runtime_, NetworksOf(config)));
    ASSIGN_OR_RETURN(volumes_, VolumeStore::Open(*engine_database_, config.root));
    plans_ = runtime::PlanCheck::Of(*runtime_);
    ASSIGN_OR_RETURN(containers_, ContainerEngine::Open(PartsOfEngine(config), config.root));
    engine_.store(containers_.get());
    ASSIGN_OR_RETURN(session_keeper_, SessionKeeper::Start());
    execs_ = std::make_unique<ExecRegistry>(*containers_, *engine_runtime_, engine_events_);
    ASSIGN_OR_RETURN(health_, HealthMonitor::Start(*containers_, *engine_runtime_, engine_events_));
    log_rotator_ = std::make_unique<LogRotator>(*containers_, *runtime_);
    return OpenBuilder(config);
  }

  void AddRoutesOfContainers(const EngineParts& parts) {
    AddContainerRoutes(engine_router_, *containers_, parts,
                       [this](const std::string& id) { return execs_->ListOf(id); });
    AddContainerStreamRoutes(engine_router_, *containers_, *engine_runtime_, engine_events_);
    AddExecRoutes(engine_router_, *execs_, *session_keeper_);
    AddFileRoutes(engine_router_, *containers_, parts);
    AddStatsRoutes(engine_router_, *containers_, *engine_runtime_, engine_events_);
    AddNetworkRoutes(
        engine_router_, *networks_,
        [this](const Call& call, const std::string& name) -> absl::StatusOr<HeldContainer> {
          ASSIGN_OR_RETURN(const EngineContainerRecord record, containers_->Find(name));
          ASSIGN_OR_RETURN(KeyedHolds::Hold hold, containers_->Hold(call, record.id));
          return HeldContainer{record.id, std::move(hold)};
        },
        engine_events_);
  }

  void AddEngineRoutes(const Config& config) {
    const EngineParts parts = PartsOfEngine(config);
    AddRoutesOfContainers(parts);
    AddSystemRoutes(engine_router_, *images_, *runtime_, {config.root, config.cdi_spec_dirs},
                    [this] { return CountOfContainers(); });
    AddImageRoutes(
        engine_router_, *images_, [this] { return UsesOfImages(); }, engine_events_);
    AddAuthRoutes(engine_router_,
                  [directories = config.image_registry_dirs](
                      const Call& call, const imageservice::Credentials& credentials) {
                    return imageservice::CheckLogin(call, directories, credentials);
                  });
    AddVolumeRoutes(engine_router_, *volumes_, engine_events_);
    AddBuildRoutes(engine_router_, *builder_);
    AddUsageRoutes(engine_router_, *containers_, parts, *builder_);
    AddEventRoutes(engine_router_, engine_events_);
    AddRefusals(engine_router_);
  }

  absl::Status ServeDocker(const Config& config) {
    if (config.docker_address == kDockerOff) {
      return absl::OkStatus();
    }
    RETURN_IF_ERROR(OpenEngine(config));
    AddEngineRoutes(config);
    ASSIGN_OR_RETURN(engine_server_,
                     EngineServer::Start({.address = config.docker_address, .group = config.group},
                                         engine_router_));
    return absl::OkStatus();
  }

 public:
  ~RunningDaemon() override {
    if (runtime_ != nullptr) {
      runtime::BeginShutdown(*runtime_);
    }
    engine_server_.reset();
    if (server_ != nullptr) {
      server_->Shutdown(kShutdownGrace);
    }
    if (nri_ != nullptr) {
      nri_->Stop();
    }
  }

 private:
  metrics::Metrics metrics_;
  EventHub engine_events_;
  std::unique_ptr<imageservice::ImageStore> images_;
  std::unique_ptr<nri::NriHooks> nri_;
  std::unique_ptr<runtime::PodRuntime> runtime_;
  std::unique_ptr<runtime::PodRuntime> cri_runtime_;     // without the pods of Docker's clients
  std::unique_ptr<runtime::PodRuntime> engine_runtime_;  // with those alone
  std::shared_ptr<metrics::ContainerMetrics> container_metrics_;
  std::unique_ptr<metrics::Endpoint> endpoint_;
  std::unique_ptr<StreamingServer> streams_;
  std::unique_ptr<runtime::Checkpointer> checkpointer_;
  std::unique_ptr<Checkpoints> checkpoints_;
  std::unique_ptr<Checkpoints> engine_checkpoints_;
  std::unique_ptr<RuntimeService> runtime_service_;
  std::unique_ptr<ImageService> image_service_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<EngineDatabase> engine_database_;
  std::unique_ptr<runtime::PlanCheck> plans_;
  std::unique_ptr<VolumeStore> volumes_;
  std::unique_ptr<NetworkRegistry> networks_;
  std::unique_ptr<ContainerEngine> containers_;
  std::atomic<const ContainerEngine*> engine_ = nullptr;  // it, for who serves before it is there
  std::unique_ptr<ExecRegistry> execs_;
  std::unique_ptr<SessionKeeper> session_keeper_;
  std::unique_ptr<HealthMonitor> health_;
  std::unique_ptr<LogRotator> log_rotator_;
  std::unique_ptr<RunStepRunner> step_runner_;
  std::unique_ptr<imageservice::Builder> builder_;
  Router engine_router_;
  std::unique_ptr<EngineServer> engine_server_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Daemon>> Daemon::Start(const Config& config) {
  auto daemon = std::make_unique<RunningDaemon>();
  RETURN_IF_ERROR(daemon->Build(config));
  return std::unique_ptr<Daemon>(std::move(daemon));
}

}  // namespace berth::cri
