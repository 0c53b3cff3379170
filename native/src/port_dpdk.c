/*
 * The port of a DPDK device. Its buffers are the packet memory's, which outlives it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_bus_vdev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>

#include "error.h"
#include "packet_memory.h"
#include "port.h"

enum {
    TX_DESCRIPTORS = 256,
    RX_DESCRIPTORS = 256,
    MOST_AT_ONCE = 32,
};

struct dpdk_port {
    struct ktsn_port port;
    uint16_t id;        /* DPDK's number */
    int has_link_state; /* whether the device reports its link */
    char device[64];
};

static struct dpdk_port *dpdk_port(struct ktsn_port *port) {
    return (struct dpdk_port *)port;
}

static int link_changed(uint16_t id, enum rte_eth_event_type type, void *argument, void *result) {
    (void)type;
    (void)result;
    struct dpdk_port *port = argument;
    struct rte_eth_link link = {0};
    if (rte_eth_link_get_nowait(id, &link) == 0)
        atomic_store_explicit(&port->port.link_up, link.link_status == RTE_ETH_LINK_UP,
                              memory_order_release);
    return 0;
}

static int set_up(struct dpdk_port *port) {
    struct rte_eth_dev_info info;
    struct rte_eth_conf configuration = {0};
    int result = rte_eth_dev_info_get(port->id, &info);
    if (result != 0)
        return result;
    configuration.intr_conf.lsc = (*info.dev_flags & RTE_ETH_DEV_INTR_LSC) != 0;
    if ((result = rte_eth_dev_configure(port->id, 1, 1, &configuration)) != 0)
        return result;
    uint16_t rx_descriptors = RX_DESCRIPTORS, tx_descriptors = TX_DESCRIPTORS;
    if ((result = rte_eth_dev_adjust_nb_rx_tx_desc(port->id, &rx_descriptors, &tx_descriptors)) !=
        0)
        return result;
    if ((result = rte_eth_rx_queue_setup(port->id, 0, rx_descriptors, SOCKET_ID_ANY, NULL,
                                         packet_memory_received())) != 0)
        return result;
    if ((result = rte_eth_tx_queue_setup(port->id, 0, tx_descriptors, SOCKET_ID_ANY, NULL)) != 0)
        return result;
    if (configuration.intr_conf.lsc)
        rte_eth_dev_callback_register(port->id, RTE_ETH_EVENT_INTR_LSC, link_changed, port);
    if ((result = rte_eth_dev_start(port->id)) != 0)
        return result;
    struct rte_eth_link link = {0};
    if (rte_eth_link_get_nowait(port->id, &link) != 0)
        link.link_status = 0; /* until the interrupt tells */
    /* A device without link state is up. */
    atomic_store(&port->port.link_up, !configuration.intr_conf.lsc || link.link_status != 0);
    port->has_link_state = configuration.intr_conf.lsc;
    return 0;
}

static uint32_t send_frames(struct ktsn_port *port, const struct ktsn_launch *launch,
                            uint32_t count) {
    struct rte_mbuf *buffers[MOST_AT_ONCE];
    uint16_t n = (uint16_t)(count < MOST_AT_ONCE ? count : MOST_AT_ONCE);
    for (uint16_t i = 0; i < n; i++)
        buffers[i] = packet_memory_buffer(&launch[i]);
    return rte_eth_tx_burst(dpdk_port(port)->id, 0, buffers, n);
}

static int close_device(struct ktsn_port *done_with) {
    struct dpdk_port *port = dpdk_port(done_with);
    if (port->has_link_state)
        rte_eth_dev_callback_unregister(port->id, RTE_ETH_EVENT_INTR_LSC, link_changed, port);
    int stopped = rte_eth_dev_stop(port->id);
    int closed = rte_eth_dev_close(port->id);
    rte_vdev_uninit(port->device);
    int result = stopped != 0 ? stopped : closed;
    if (result != 0)
        result = ktsn_fail(-result, "the device %s did not close cleanly: %s", port->device,
                           rte_strerror(-result));
    free(port);
    return result;
}

static int read_status(struct ktsn_port *asked, struct ktsn_port_status *status) {
    struct dpdk_port *port = dpdk_port(asked);
    struct rte_eth_stats statistics = {0};
    int result = rte_eth_stats_get(port->id, &statistics);
    if (result != 0)
        return ktsn_fail(-result, "the device %s has no statistics: %s", port->device,
                         rte_strerror(-result));
    if (port->has_link_state)
        link_changed(port->id, RTE_ETH_EVENT_INTR_LSC, port, NULL);
    status->sent_frames = statistics.opackets;
    status->sent_octets = statistics.obytes;
    status->failed_frames = statistics.oerrors;
    return 0;
}

static int discard_received(struct ktsn_port *port) {
    struct rte_mbuf *buffers[64];
    int discarded = 0;
    if (!atomic_load(&port->link_up))
        return 0;
    for (int turn = 0; turn < 8; turn++) {
        uint16_t n = rte_eth_rx_burst(dpdk_port(port)->id, 0, buffers, 64);
        rte_pktmbuf_free_bulk(buffers, n);
        discarded += n;
        if (n < 64)
            break;
    }
    return discarded;
}

static const struct port_operations operations = {
    .send = send_frames,
    .status = read_status,
    .discard_received = discard_received,
    .close = close_device,
};

int ktsn_port_open_dpdk(const char *device, const char *arguments, struct ktsn_port **opened) {
    if (!packet_memory_received())
        return ktsn_fail(EAGAIN, "DPDK does not run yet");
    struct dpdk_port *port = calloc(1, sizeof *port);
    if (!port)
        return ktsn_fail(ENOMEM, "no memory for a port");
    port->port.operations = &operations;
    snprintf(port->device, sizeof port->device, "%s", device);

    int result = rte_vdev_init(device, arguments);
    if (result != 0) {
        free(port);
        return ktsn_fail(result < 0 ? -result : EIO, "DPDK could not make the device %s (%s): %s",
                         device, arguments, rte_strerror(-result));
    }
    if ((result = rte_eth_dev_get_port_by_name(device, &port->id)) != 0) {
        rte_vdev_uninit(device);
        free(port);
        return ktsn_fail(ENODEV, "DPDK made the device %s, but no port of it", device);
    }
    if ((result = set_up(port)) != 0) {
        int error = -result;
        rte_eth_dev_close(port->id);
        rte_vdev_uninit(device);
        free(port);
        return ktsn_fail(error, "the device %s can't be set up: %s", device, rte_strerror(error));
    }
    *opened = &port->port;
    return 0;
}
