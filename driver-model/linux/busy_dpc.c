// SPDX-License-Identifier: MIT
/*
 * Somebody else's driver: every so often a timer queues a tasklet of its, which keeps the processor for a long time. Tasklets of a
 * processor run one after the other, so that the data-acquisition card's waits behind it.
 */
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/timer.h>

static unsigned int busy_ms = 50;
module_param(busy_ms, uint, 0444);
MODULE_PARM_DESC(busy_ms, "How long the tasklet runs.");

static unsigned int every_ms = 500;
module_param(every_ms, uint, 0444);
MODULE_PARM_DESC(every_ms, "Time from one to the next.");

static void busy_dpc(struct tasklet_struct *tasklet)
{
	mdelay(busy_ms);
}

static DECLARE_TASKLET(busy_tasklet, busy_dpc);

static void busy_timer_expired(struct timer_list *timer)
{
	tasklet_schedule(&busy_tasklet);
	mod_timer(timer, jiffies + msecs_to_jiffies(every_ms));
}

static DEFINE_TIMER(busy_timer, busy_timer_expired);

static int __init busy_init(void)
{
	mod_timer(&busy_timer, jiffies + msecs_to_jiffies(every_ms));
	return 0;
}

static void __exit busy_exit(void)
{
	del_timer_sync(&busy_timer);
	tasklet_kill(&busy_tasklet);
}

module_init(busy_init);
module_exit(busy_exit);

MODULE_DESCRIPTION("A tasklet that takes long");
MODULE_LICENSE("Dual MIT/GPL");
