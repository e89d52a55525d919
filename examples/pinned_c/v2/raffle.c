/* The raffle, version 2: there is a runner-up as well, and a table of functions of its own.
 *
 * All that moves the linker's table has changed: the order of the functions, a second call that
 * comes first, and `voices`, functions of the very type of callbacks that only this code calls.
 */
#include "raffle.h"
#ifndef NOT_PINNED
#include "slots.h"
#endif

static void say_in_full(uint32_t ticket)
{
    say("ticket number ");
    say_number(ticket);
}

static void say_briefly(uint32_t ticket)
{
    say("#");
    say_number(ticket);
}

static void (*const voices[])(uint32_t) = {say_briefly, say_in_full};

static void say_ticket(uint32_t ticket)
{
    voices[ticket < 1000](ticket);
}

CALLBACK(abandoned)
{
    (void)env;
    store(LOST, load(LOST) + 1);
}

CALLBACK(refused)
{
    say("v2: nothing was drawn from ");
    say_number(env);
    answer();
}

CALLBACK(runner_up_drawn)
{
    store(RUNNER_UP, pick(env));
    say("v2: ");
    say_ticket(load(RUNNER_UP));
    say(" of ");
    say_number(env);
    say(" is the runner-up");
    answer();
}

EXPORT("canister_update draw_runner_up") void draw_runner_up(void)
{
    call_raw_rand(FUNCTION(runner_up_drawn, RUNNER_UP_DRAWN), FUNCTION(refused, REFUSED),
                  FUNCTION(abandoned, ABANDONED));
}

CALLBACK(drawn)
{
    store(WINNER, pick(env));
    say("v2: ");
    say_ticket(load(WINNER));
    say(" of ");
    say_number(env);
    say(" wins");
    answer();
}

EXPORT("canister_update draw") void draw(void)
{
    call_raw_rand(FUNCTION(drawn, DRAWN), FUNCTION(refused, REFUSED),
                  FUNCTION(abandoned, ABANDONED));
}

EXPORT("canister_update sell") void sell(void)
{
    store(SOLD, load(SOLD) + 1);
    say("v2: ");
    say_ticket(load(SOLD));
    answer();
}

EXPORT("canister_query books") void books(void)
{
    say("sold ");
    say_number(load(SOLD));
    say(", winner ");
    say_number(load(WINNER));
    say(", runner-up ");
    say_number(load(RUNNER_UP));
    say(", lost ");
    say_number(load(LOST));
    answer();
}

EXPORT("canister_init") void canister_init(void)
{
    stable64_grow(1);
}
