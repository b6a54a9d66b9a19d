// SPDX-License-Identifier: Apache-2.0

// A plugin of NRI, built on the library that plugins are built on. The variable NRI_WISH in a
// container's environment says what it does when the container is created.
package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/containerd/nri/pkg/api"
	"github.com/containerd/nri/pkg/stub"
)

type plugin struct {
	config string
}

func wish(container *api.Container) string {
	for _, entry := range container.GetEnv() {
		if value, found := strings.CutPrefix(entry, "NRI_WISH="); found {
			return value
		}
	}
	return ""
}

func note(format string, values ...any) {
	fmt.Fprintf(os.Stderr, "nri-plugin: "+format+"\n", values...)
}

func (p *plugin) Configure(_ context.Context, config, runtime, version string) (stub.EventMask, error) {
	p.config = strings.TrimSpace(config)
	note("configured by %s", runtime)
	return 0, nil
}

func (p *plugin) Synchronize(_ context.Context, pods []*api.PodSandbox, containers []*api.Container) ([]*api.ContainerUpdate, error) {
	note("synchronized: %d pods, %d containers", len(pods), len(containers))
	return nil, nil
}

func (p *plugin) CreateContainer(_ context.Context, _ *api.PodSandbox, container *api.Container) (*api.ContainerAdjustment, []*api.ContainerUpdate, error) {
	adjustment := &api.ContainerAdjustment{}
	switch wish(container) {
	case "all":
		p.adjust(adjustment)
	case "hooks":
		adjustment.AddHooks(&api.Hooks{Poststop: []*api.Hook{{Path: "/bin/true"}}})
	case "refuse":
		return nil, nil, fmt.Errorf("not on this node")
	case "hang":
		time.Sleep(time.Minute)
	case "die":
		os.Exit(1)
	}
	return adjustment, nil, nil
}

func (p *plugin) adjust(adjustment *api.ContainerAdjustment) {
	adjustment.AddEnv("FROM_NRI", p.config)
	adjustment.RemoveEnv("NRI_WISH")
	adjustment.AddMount(&api.Mount{Source: "/etc", Destination: "/host-etc", Type: "bind", Options: []string{"rbind", "ro"}})
	adjustment.AddDevice(&api.LinuxDevice{Path: "/dev/nri-zero", Type: "c", Major: 1, Minor: 5})
	adjustment.AddRlimit("RLIMIT_NOFILE", 77, 66)
	adjustment.SetLinuxPidLimits(123)
	score := 321
	adjustment.SetLinuxOomScoreAdj(&score)
	adjustment.AddAnnotation("nri.test/adjusted", "yes")
}

func (p *plugin) StartContainer(_ context.Context, _ *api.PodSandbox, container *api.Container) error {
	if wish(container) == "hang at start" {
		note("starts: %s", container.GetName())
		time.Sleep(time.Minute)
	}
	return nil
}

func (p *plugin) StopContainer(_ context.Context, _ *api.PodSandbox, container *api.Container) ([]*api.ContainerUpdate, error) {
	note("stopped: %s", container.GetName())
	return nil, nil
}

func (p *plugin) RemoveContainer(_ context.Context, _ *api.PodSandbox, container *api.Container) error {
	note("removed: %s", container.GetName())
	return nil
}

func main() {
	made, err := stub.New(&plugin{})
	if err == nil {
		err = made.Run(context.Background())
	}
	note("ends: %v", err)
}
