// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"

#include "cri/cli/client.h"
#include "tests/support/temp_dir.h"

namespace berth::cli {

// A CRI daemon in this process that keeps lists and writes down what is asked of it.
class FakeDaemon : public v1::RuntimeService::Service {
 public:
  FakeDaemon() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("unix:" + Address(), grpc::InsecureServerCredentials());
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }

  std::string Address() const { return absl::StrCat(directory_.path(), "/cri.sock"); }
  Client Connect() const {
    absl::StatusOr<Client> client = Client::Connect(Address());
    EXPECT_TRUE(client.ok()) << client.status();
    return *std::move(client);
  }

  void AddPod(const std::string& id, const std::string& name, bool made_by_run) {
    absl::MutexLock lock(&mutex_);
    v1::PodSandbox& pod = *pods_.add_items();
    pod.set_id(id);
    pod.mutable_metadata()->set_name(name);
    if (made_by_run) {
      (*pod.mutable_labels())[kRunLabel] = "true";
    }
  }
  void AddContainer(const std::string& id, const std::string& pod, const std::string& name,
                    v1::ContainerState state) {
    absl::MutexLock lock(&mutex_);
    v1::Container& container = *containers_.add_containers();
    container.set_id(id);
    container.set_pod_sandbox_id(pod);
    container.mutable_metadata()->set_name(name);
    container.set_state(state);
  }
  void DropContainer(const std::string& id) {
    absl::MutexLock lock(&mutex_);
    auto& all = *containers_.mutable_containers();
    all.erase(std::remove_if(all.begin(), all.end(),
                             [&](const v1::Container& each) { return each.id() == id; }),
              all.end());
  }
  void SetState(const std::string& id, v1::ContainerState state) {
    absl::MutexLock lock(&mutex_);
    for (v1::Container& container : *containers_.mutable_containers()) {
      if (container.id() == id) {
        container.set_state(state);
      }
    }
  }

  std::vector<std::string> Calls() const {
    absl::MutexLock lock(&mutex_);
    return calls_;
  }

  std::string log_path;                          // of every container
  grpc::Status start_result = grpc::Status::OK;  // of StartContainer
  std::string info;                              // of every container, JSON
  int32_t exit_code = 0;                         // of every container
  std::string stream_url;                        // of Attach
  std::atomic<bool> is_going = false;            // it answers no question about a container
  std::string config;                            // of the node, JSON; empty: it does not say

  grpc::Status Status(grpc::ServerContext*, const v1::StatusRequest* request,
                      v1::StatusResponse* response) override {
    if (request->verbose() && !config.empty()) {
      (*response->mutable_info())["config"] = config;
    }
    return grpc::Status::OK;
  }
  grpc::Status ListContainers(grpc::ServerContext*, const v1::ListContainersRequest*,
                              v1::ListContainersResponse* response) override {
    absl::MutexLock lock(&mutex_);
    *response = containers_;
    return grpc::Status::OK;
  }
  grpc::Status ListPodSandbox(grpc::ServerContext*, const v1::ListPodSandboxRequest*,
                              v1::ListPodSandboxResponse* response) override {
    absl::MutexLock lock(&mutex_);
    *response = pods_;
    return grpc::Status::OK;
  }
  grpc::Status ContainerStatus(grpc::ServerContext*, const v1::ContainerStatusRequest* request,
                               v1::ContainerStatusResponse* response) override {
    absl::MutexLock lock(&mutex_);
    if (is_going) {
      return {grpc::StatusCode::CANCELLED, "CANCELLED"};
    }
    for (const v1::Container& container : containers_.containers()) {
      if (container.id() == request->container_id()) {
        response->mutable_status()->set_id(container.id());
        response->mutable_status()->set_state(container.state());
        response->mutable_status()->set_log_path(log_path);
        response->mutable_status()->set_exit_code(exit_code);
        (*response->mutable_info())["info"] = info;
        return grpc::Status::OK;
      }
    }
    return {grpc::StatusCode::NOT_FOUND, "no such container"};
  }
  grpc::Status RunPodSandbox(grpc::ServerContext*, const v1::RunPodSandboxRequest* request,
                             v1::RunPodSandboxResponse* response) override {
    Note("run pod ", request->config().metadata().name());
    AddPod("new-pod", request->config().metadata().name(), true);
    response->set_pod_sandbox_id("new-pod");
    return grpc::Status::OK;
  }
  grpc::Status CreateContainer(grpc::ServerContext*, const v1::CreateContainerRequest* request,
                               v1::CreateContainerResponse* response) override {
    Note("create in ", request->pod_sandbox_id());
    AddContainer("new", request->pod_sandbox_id(), request->config().metadata().name(),
                 v1::CONTAINER_CREATED);
    response->set_container_id("new");
    return grpc::Status::OK;
  }
  grpc::Status StartContainer(grpc::ServerContext*, const v1::StartContainerRequest* request,
                              v1::StartContainerResponse*) override {
    Note("start ", request->container_id());
    return start_result;
  }
  grpc::Status Attach(grpc::ServerContext*, const v1::AttachRequest* request,
                      v1::AttachResponse* response) override {
    Note("attach ", absl::StrCat(request->container_id(), request->stdin() ? " stdin" : "",
                                 request->stdout() ? " stdout" : "",
                                 request->stderr() ? " stderr" : "", request->tty() ? " tty" : ""));
    response->set_url(stream_url);
    return grpc::Status::OK;
  }
  grpc::Status StopContainer(grpc::ServerContext*, const v1::StopContainerRequest* request,
                             v1::StopContainerResponse*) override {
    Note("stop ", absl::StrCat(request->container_id(), " ", request->timeout()));
    return grpc::Status::OK;
  }
  grpc::Status RemoveContainer(grpc::ServerContext*, const v1::RemoveContainerRequest* request,
                               v1::RemoveContainerResponse*) override {
    Note("remove ", request->container_id());
    DropContainer(request->container_id());
    return grpc::Status::OK;
  }
  grpc::Status StopPodSandbox(grpc::ServerContext*, const v1::StopPodSandboxRequest* request,
                              v1::StopPodSandboxResponse*) override {
    Note("stop pod ", request->pod_sandbox_id());
    return grpc::Status::OK;
  }
  grpc::Status RemovePodSandbox(grpc::ServerContext*, const v1::RemovePodSandboxRequest* request,
                                v1::RemovePodSandboxResponse*) override {
    Note("remove pod ", request->pod_sandbox_id());
    return grpc::Status::OK;
  }

 private:
  void Note(absl::string_view what, const std::string& whom) {
    absl::MutexLock lock(&mutex_);
    calls_.push_back(absl::StrCat(what, whom));
  }

  test::TempDir directory_;
  mutable absl::Mutex mutex_;
  v1::ListContainersResponse containers_;
  v1::ListPodSandboxResponse pods_;
  std::vector<std::string> calls_;
  std::unique_ptr<grpc::Server> server_;  // last: it ends before what its calls use
};

}  // namespace berth::cli
