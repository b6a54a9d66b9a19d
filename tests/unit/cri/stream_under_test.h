// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <utility>
#include <vector>

#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"

#include "proto/runtime/v1/api.grpc.pb.h"

namespace berth::cri {

// Serves `Service` in this process: a handler that writes a stream needs a server around it.
template <typename Service>
class InProcess {
 public:
  using Stub = typename Service::Stub;

  explicit InProcess(typename Service::Service& service) {
    grpc::ServerBuilder builder;
    builder.RegisterService(&service);
    server_ = builder.BuildAndStart();
    stub_ = Service::NewStub(server_->InProcessChannel(grpc::ChannelArguments()));
  }
  ~InProcess() { server_->Shutdown(std::chrono::system_clock::now()); }
  InProcess(const InProcess&) = delete;
  InProcess& operator=(const InProcess&) = delete;

  Stub& stub() { return *stub_; }

  // The messages of a whole stream, and how it ended.
  template <typename Request, typename Response>
  std::pair<std::vector<Response>, grpc::Status> ReadAll(
      std::unique_ptr<grpc::ClientReader<Response>> (Stub::*method)(grpc::ClientContext*,
                                                                    const Request&),
      const Request& request) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    std::unique_ptr<grpc::ClientReader<Response>> reader = (*stub_.*method)(&context, request);
    std::vector<Response> messages;
    for (Response message; reader->Read(&message);) {
      messages.push_back(std::move(message));
    }
    return {std::move(messages), reader->Finish()};
  }

 private:
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<Stub> stub_;
};

}  // namespace berth::cri
