/* The raffle, version 1: tickets are sold, and `draw` asks for random bytes to pick the winner. */
#include "raffle.h"
#ifndef NOT_PINNED
#include "slots.h"
#endif

EXPORT("canister_init") void canister_init(void)
{
    stable64_grow(1);
}

EXPORT("canister_update sell") void sell(void)
{
    store(SOLD, load(SOLD) + 1);
    say("v1: ticket ");
    say_number(load(SOLD));
    answer();
}

CALLBACK(drawn)
{
    store(WINNER, pick(env));
    say("v1: ticket ");
    say_number(load(WINNER));
    say(" of ");
    say_number(env);
    say(" wins");
    answer();
}

CALLBACK(refused)
{
    say("v1: nothing was drawn from ");
    say_number(env);
    answer();
}

CALLBACK(abandoned)
{
    (void)env;
    store(LOST, load(LOST) + 1);
}

EXPORT("canister_update draw") void draw(void)
{
    call_raw_rand(FUNCTION(drawn, DRAWN), FUNCTION(refused, REFUSED),
                  FUNCTION(abandoned, ABANDONED));
}

EXPORT("canister_query books") void books(void)
{
    say("sold ");
    say_number(load(SOLD));
    say(", winner ");
    say_number(load(WINNER));
    say(", lost ");
    say_number(load(LOST));
    answer();
}
