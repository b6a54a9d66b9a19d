// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <vector>

#include "tests/support/eventually.h"
#include "tests/unit/cri/runtime_service/service_fixture.h"
#include "tests/unit/cri/stream_under_test.h"

namespace berth::cri {
namespace {

// A client's end of one stream, subscribed when it is made.
class Subscriber {
 public:
  explicit Subscriber(v1::RuntimeService::Stub& stub)
      : reader_(stub.GetContainerEvents(&context_, v1::GetEventsRequest())) {
    reader_->WaitForInitialMetadata();
  }
  ~Subscriber() {
    context_.TryCancel();
    if (!finished_) {
      reader_->Finish();
    }
  }
  Subscriber(const Subscriber&) = delete;
  Subscriber& operator=(const Subscriber&) = delete;
  v1::ContainerEventResponse Next() {
    v1::ContainerEventResponse event;
    EXPECT_TRUE(reader_->Read(&event));
    return event;
  }
  grpc::Status Refusal() {
    v1::ContainerEventResponse event;
    EXPECT_FALSE(reader_->Read(&event));
    finished_ = true;
    return reader_->Finish();
  }

 private:
  bool finished_ = false;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<v1::ContainerEventResponse>> reader_;
};

class ContainerEvents : public RuntimeServiceTest {
 protected:
  void Tell(const std::string& id, v1::ContainerEventType type) {
    auto event = std::make_shared<runtime::ContainerEvent>();
    event->id = id;
    event->type = type;
    event->at = 5;
    event->pod.id = "a0";
    event->containers.emplace_back().id = id;
    for (const auto& subscriber : runtime.subscribers) {
      if (const auto queue = subscriber.lock(); queue != nullptr) {
        queue->Push(event);
      }
    }
  }
  InProcess<v1::RuntimeService> server{service};
};

TEST_F(ContainerEvents, HaveThePodAndItsContainers) {
  Subscriber subscriber(server.stub());
  Tell("c1", v1::CONTAINER_STOPPED_EVENT);
  const v1::ContainerEventResponse event = subscriber.Next();
  EXPECT_EQ(event.container_id(), "c1");
  EXPECT_EQ(event.container_event_type(), v1::CONTAINER_STOPPED_EVENT);
  EXPECT_EQ(event.created_at(), 5);
  EXPECT_EQ(event.pod_sandbox_status().id(), "a0");
  ASSERT_EQ(event.containers_statuses_size(), 1);
  EXPECT_EQ(event.containers_statuses(0).id(), "c1");
}

TEST_F(ContainerEvents, ComeToAllSubscribersInOrder) {
  Subscriber one(server.stub()), two(server.stub());
  Tell("c1", v1::CONTAINER_CREATED_EVENT);
  Tell("c1", v1::CONTAINER_STARTED_EVENT);
  for (Subscriber* subscriber : {&one, &two}) {
    EXPECT_EQ(subscriber->Next().container_event_type(), v1::CONTAINER_CREATED_EVENT);
    EXPECT_EQ(subscriber->Next().container_event_type(), v1::CONTAINER_STARTED_EVENT);
  }
}

TEST_F(ContainerEvents, EndWithTheCall) {
  { const Subscriber subscriber(server.stub()); }
  EXPECT_TRUE(test::Eventually([&] { return runtime.subscribers[0].expired(); }));
}

TEST_F(ContainerEvents, AreForSoManyAtOnce) {
  std::vector<std::unique_ptr<Subscriber>> all;
  for (int i = 0; i < kMaxStreams; ++i) {
    all.push_back(std::make_unique<Subscriber>(server.stub()));
  }
  Subscriber one_too_many(server.stub());
  EXPECT_THAT(one_too_many.Refusal(),
              IsGrpcError(grpc::StatusCode::RESOURCE_EXHAUSTED, HasSubstr("try again")));
}

}  // namespace
}  // namespace berth::cri
