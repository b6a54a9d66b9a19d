// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/channel_arguments.h"

#include "proto/runtime/v1/api.grpc.pb.h"

namespace berth::bench {

namespace v1 = ::runtime::v1;

// A plain CRI client over one connection, for any CRI daemon. Ends the program when a call fails: a
// figure of a failing run means nothing.
class CriClient {
 public:
  explicit CriClient(const std::string& endpoint)
      : channel_(grpc::CreateCustomChannel(endpoint, grpc::InsecureChannelCredentials(),
                                           ChannelArguments())),
        runtime_(v1::RuntimeService::NewStub(channel_)),
        images_(v1::ImageService::NewStub(channel_)) {}

  template <typename Request, typename Response>
  Response Call(grpc::Status (v1::RuntimeService::Stub::*method)(grpc::ClientContext*,
                                                                 const Request&, Response*),
                const Request& request) {
    return Finish<Request, Response>(*runtime_, method, request);
  }

  template <typename Request, typename Response>
  Response Call(grpc::Status (v1::ImageService::Stub::*method)(grpc::ClientContext*, const Request&,
                                                               Response*),
                const Request& request) {
    return Finish<Request, Response>(*images_, method, request);
  }

 private:
  static grpc::ChannelArguments ChannelArguments() {
    constexpr int kMaxResponse = 16 << 20;  // as a kubelet has it
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(kMaxResponse);
    return arguments;
  }

  template <typename Request, typename Response, typename Stub, typename Method>
  Response Finish(Stub& stub, Method method, const Request& request) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::minutes(5));
    Response response;
    const grpc::Status status = (stub.*method)(&context, request, &response);
    if (!status.ok()) {
      fprintf(stderr, "%s: %s\n", Request::descriptor()->name().c_str(),
              status.error_message().c_str());
      exit(1);
    }
    return response;
  }

  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::RuntimeService::Stub> runtime_;
  std::unique_ptr<v1::ImageService::Stub> images_;
};

// Milliseconds by step, and their quantiles.
class Times {
 public:
  void Add(const std::string& step, double ms) { by_step_[step].push_back(ms); }
  void Print() const {
    for (const auto& [step, values] : by_step_) {
      std::vector<double> sorted = values;
      std::sort(sorted.begin(), sorted.end());
      printf("%s p50_ms %.3f p99_ms %.3f n %zu\n", step.c_str(), sorted[sorted.size() / 2],
             sorted[sorted.size() * 99 / 100], sorted.size());
    }
  }

 private:
  std::map<std::string, std::vector<double>> by_step_;
};

class Stopwatch {
 public:
  // Milliseconds since the last lap.
  double Lap() {
    const auto now = std::chrono::steady_clock::now();
    const std::chrono::duration<double, std::milli> lap = now - last_;
    last_ = now;
    return lap.count();
  }

 private:
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

}  // namespace berth::bench
