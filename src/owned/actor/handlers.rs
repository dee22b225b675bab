//! What an actor does at once with each word that it hears.

use super::{
    Answered, Attend, Cause, Fence, IsStalled, LetGo, NotQuiet, OwnedActor, Perform,
    PerformAndLook, Renew, Reply, Stop,
};
use crate::owned::error::Refusal;
use crate::owned::thing::{Room, Thing};
use actix::prelude::*;
use std::time::Duration;

/// After this long without an answer of the store, whoever can ask another node should.
const STALLED_AFTER: Duration = Duration::from_secs(3);

impl<T: Thing> Handler<Perform<T>> for OwnedActor<T> {
    type Result = ResponseFuture<Answered<T>>;

    fn handle(&mut self, Perform(command): Perform<T>, ctx: &mut Self::Context) -> Self::Result {
        let reply = self.take(command, ctx);
        Box::pin(answer_of::<T>(reply))
    }
}

impl<T: Thing> Handler<PerformAndLook<T>> for OwnedActor<T> {
    type Result = ResponseActFuture<Self, Result<(T::Answer, T::Sight), Refusal<T::Rejection>>>;

    fn handle(
        &mut self,
        PerformAndLook { command, look }: PerformAndLook<T>,
        ctx: &mut Self::Context,
    ) -> Self::Result {
        self.n_looking += 1;
        let reply = self.take(command, ctx);
        Box::pin(answer_of::<T>(reply).into_actor(self).map(|answer, actor, ctx| {
            actor.n_looking -= 1;
            let shown = answer.map(|answer| (answer, actor.look(look, None)));
            actor.settle(ctx);
            shown
        }))
    }
}

impl<T: Thing> Handler<Attend<T>> for OwnedActor<T> {
    type Result = MessageResult<Attend<T>>;

    fn handle(&mut self, attend: Attend<T>, ctx: &mut Self::Context) -> Self::Result {
        let Attend { look, listener } = attend;
        let seen = self.look(look, listener);
        self.settle(ctx);
        MessageResult(Ok(seen))
    }
}

impl<T: Thing> Handler<IsStalled> for OwnedActor<T> {
    type Result = bool;

    fn handle(&mut self, _: IsStalled, _: &mut Self::Context) -> bool {
        let waited = self.shell.now().since(self.appending_since);
        self.is_appending && STALLED_AFTER <= waited
    }
}

impl<T: Thing> Handler<Stop> for OwnedActor<T> {
    type Result = ();

    fn handle(&mut self, _: Stop, ctx: &mut Self::Context) {
        ctx.stop();
    }
}

impl<T: Thing> Handler<Fence> for OwnedActor<T> {
    type Result = ();

    fn handle(&mut self, _: Fence, ctx: &mut Self::Context) {
        self.tombstone.cause = Cause::Fenced;
        ctx.stop();
    }
}

impl<T: Thing> Handler<LetGo> for OwnedActor<T> {
    type Result = Result<(), NotQuiet>;

    fn handle(&mut self, LetGo { latest }: LetGo, ctx: &mut Self::Context) -> Self::Result {
        let now = self.shell.now();
        if now < latest && !self.room.is_quiet(now) {
            return Err(NotQuiet);
        }
        self.is_letting_go = true;
        // Whoever waits is told that it is gone, and goes on at the next owner with the same key.
        self.turn_away();
        self.settle(ctx);
        Ok(())
    }
}

impl<T: Thing> Handler<Renew> for OwnedActor<T> {
    type Result = ();

    fn handle(&mut self, _: Renew, ctx: &mut Self::Context) {
        // Between two batches it ends at once; in the middle of one, it is asked again.
        let is_idle = !self.is_appending && self.waiting.is_empty() && self.n_looking == 0;
        if is_idle && self.thing.has_begun() {
            self.tombstone.cause = Cause::Outgrown;
            ctx.stop();
        }
    }
}

/// What comes of a wish that was taken, also if the actor ends without a word.
async fn answer_of<T: Thing>(reply: Result<Reply<T>, Refusal<T::Rejection>>) -> Answered<T> {
    reply?.await.unwrap_or(Err(Refusal::Lost))
}
