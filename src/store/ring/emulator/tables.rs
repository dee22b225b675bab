//! The tables over the emulated replicas, with the same stamps as on a real ring.

use super::link::Link;
use super::replica::{Key, Mutation, Row, Scope, Table};
use crate::base::{Claim, ClaimRow, Epoch, Lane, Millis, Position, ThingId};
use crate::ownership::claim::{Location, Released};
use crate::store::ring::rows::{
    Alarm, EventRow, Fence, HeaderRow, NoAnswer, Purge, RowFuture, Rows, hour,
};

impl Rows for Link {
    fn insert_events(&self, thing: &ThingId, epoch: Epoch, rows: &[EventRow]) -> RowFuture<()> {
        let put = |row: &EventRow| {
            let key = Key { epoch, item: row.position.0, ..Key::new(Table::Events, thing) };
            Mutation::Put(key, Row::Event(row.clone()), epoch.micros)
        };
        self.write(rows.iter().map(put).collect())
    }

    fn fences(&self, lane: &Lane) -> RowFuture<Vec<Fence>> {
        let fence = |(key, _): (Key, Row)| Fence { thing: ThingId(key.name), below: key.epoch };
        self.list(Table::Fences, lane.to_string(), move |place| Some(fence(place)))
    }

    fn newest_claim(&self, thing: &ThingId) -> RowFuture<Location> {
        let claims = self.list(Table::Owner, thing.to_string(), |(_, row)| row.into_released());
        let closed = self.read(Table::Closed, Some(thing.to_string()));
        Box::pin(async move {
            // In this order: who finds it closed finds at least the claims of then.
            let closed = !closed.await?.is_empty();
            let newest = claims.await?.pop();
            let upto = newest.as_ref().map_or(Position::NONE, |(_, upto)| *upto);
            Ok(Location { newest: newest.map(|(row, _)| row), upto, closed })
        })
    }

    fn insert_claim(&self, thing: &ThingId, epoch: Epoch, lane: &Lane) -> RowFuture<()> {
        let row = ClaimRow { epoch, lane: lane.clone(), released: None };
        self.write(vec![Mutation::Put(
            owner(thing, epoch),
            Row::Claim(row, Position::NONE),
            epoch.micros,
        )])
    }

    fn claims(&self, thing: &ThingId) -> RowFuture<Vec<ClaimRow>> {
        let listed = self.list(Table::Owner, thing.to_string(), |(_, row)| row.into_claim());
        Box::pin(async move {
            let mut claims = listed.await?;
            claims.reverse();
            Ok(claims)
        })
    }

    fn insert_fence(&self, lane: &Lane, thing: &ThingId, below: Epoch) -> RowFuture<()> {
        let key = Key { name: thing.0.clone(), epoch: below, ..Key::new(Table::Fences, lane) };
        self.write(vec![Mutation::Put(key, Row::Mark, below.micros)])
    }

    fn header(&self, thing: &ThingId, claim: &ClaimRow) -> RowFuture<Option<HeaderRow>> {
        let epoch = claim.epoch;
        let listed = self.list(Table::Headers, thing.to_string(), move |(key, row)| {
            if key.epoch == epoch { row.into_header() } else { None }
        });
        Box::pin(async move { Ok(listed.await?.pop()) })
    }

    fn parts(&self, thing: &ThingId, epoch: Epoch) -> RowFuture<Vec<String>> {
        self.list(Table::Parts, thing.to_string(), move |(key, row)| {
            if key.epoch == epoch { row.into_part() } else { None }
        })
    }

    fn events(&self, thing: &ThingId, epoch: Epoch, after: Position) -> RowFuture<Vec<EventRow>> {
        self.list(Table::Events, thing.to_string(), move |(key, row)| {
            if key.epoch == epoch && after.0 < key.item { row.into_event() } else { None }
        })
    }

    /// Replicas of the emulator forget nothing, so a majority of them has all there is.
    fn events_of_all(
        &self,
        thing: &ThingId,
        epoch: Epoch,
        after: Position,
    ) -> RowFuture<Vec<EventRow>> {
        self.events(thing, epoch, after)
    }

    fn insert_part(&self, thing: &ThingId, epoch: Epoch, part: u32, body: &str) -> RowFuture<()> {
        let key = Key { epoch, item: u64::from(part), ..Key::new(Table::Parts, thing) };
        self.write(vec![Mutation::Put(key, Row::Part(body.to_owned()), epoch.micros)])
    }

    fn insert_header(&self, claim: &Claim, header: &HeaderRow) -> RowFuture<()> {
        let epoch = claim.epoch();
        let key = Key { epoch, ..Key::new(Table::Headers, claim.thing()) };
        self.write(vec![Mutation::Put(key, Row::Header(header.clone()), epoch.micros)])
    }

    fn delete_epoch(&self, thing: &ThingId, claim: &ClaimRow, by: Epoch) -> RowFuture<()> {
        let of = |table| Scope::Epoch(table, thing.to_string(), claim.epoch);
        let tables = [Table::Parts, Table::Headers, Table::Events];
        self.write_each(tables.map(|table| vec![Mutation::Delete(of(table), by.micros)]).into())
    }

    fn delete_claim(&self, thing: &ThingId, epoch: Epoch, by: Epoch) -> RowFuture<()> {
        self.write(vec![Mutation::Delete(Scope::Row(owner(thing, epoch)), by.micros)])
    }

    fn insert_release(&self, claim: &Claim, why: Released, upto: Position) -> RowFuture<()> {
        let epoch = claim.epoch();
        let row = ClaimRow { epoch, lane: claim.lane().clone(), released: Some(why) };
        let key = owner(claim.thing(), epoch);
        self.write(vec![Mutation::Put(key, Row::Claim(row, upto), epoch.micros + 1)])
    }

    fn insert_closed(&self, claim: &Claim, purge_at: Millis) -> RowFuture<()> {
        let closed = Key::new(Table::Closed, claim.thing());
        let note = note(hour(purge_at), claim.thing());
        self.write_each(vec![
            vec![Mutation::Put(closed, Row::Mark, claim.epoch().micros + 1)],
            vec![Mutation::Put(note, Row::Mark, purge_at.0)],
        ])
    }

    fn purges(&self, hour: i32) -> RowFuture<Vec<ThingId>> {
        self.list(Table::Purges, hour.to_string(), |(key, _)| Some(ThingId(key.name)))
    }

    fn delete_thing(&self, thing: &ThingId, purge: &Purge) -> RowFuture<()> {
        let of = |table| Scope::Partition(table, thing.to_string());
        let delete = |table| Mutation::Delete(of(table), purge.stamp);
        let note = Scope::Row(note(purge.hour, thing));
        self.write_each(vec![
            vec![delete(Table::Parts)],
            vec![delete(Table::Headers)],
            vec![delete(Table::Events)],
            // One partition: both go, or none.
            vec![delete(Table::Owner), delete(Table::Closed)],
            vec![Mutation::Delete(note, u64::MAX)],
        ])
    }

    fn insert_alarm(&self, at: Millis, thing: &ThingId, epoch: Epoch) -> RowFuture<()> {
        let key = alarm(&Alarm { at, thing: thing.clone(), epoch });
        self.write(vec![Mutation::Put(key, Row::Alarm(at), at.0)])
    }

    fn alarms(&self, hour: i32, upto: Millis) -> RowFuture<Vec<Alarm>> {
        let listed = self.list(Table::Alarms, hour.to_string(), move |(key, _)| {
            let alarm = Alarm { at: Millis(key.item), thing: ThingId(key.name), epoch: key.epoch };
            (alarm.at <= upto).then_some(alarm)
        });
        Box::pin(async move {
            let mut alarms = listed.await?;
            alarms.sort_by_key(|alarm| alarm.at);
            Ok(alarms)
        })
    }

    fn delete_alarm(&self, gone: &Alarm) -> RowFuture<()> {
        self.write(vec![Mutation::Delete(Scope::Row(alarm(gone)), gone.at.0)])
    }

    fn sweep(&self) -> RowFuture<Vec<(ThingId, ClaimRow)>> {
        let (owners, closed) = (self.read(Table::Owner, None), self.read(Table::Closed, None));
        Box::pin(async move {
            let closed: Vec<_> = closed.await?.into_iter().map(|(key, _)| key.partition).collect();
            let mut things: Vec<(ThingId, ClaimRow)> = vec![];
            for (key, row) in owners.await? {
                let (Some(claim), false) = (row.into_claim(), closed.contains(&key.partition))
                else {
                    continue;
                };
                // In the order of their epochs: the last one is the newest.
                things.retain(|(thing, _)| thing.0 != key.partition);
                things.push((ThingId(key.partition), claim));
            }
            Ok(things)
        })
    }
}

impl Link {
    /// Notes a thing to be purged, as the erasure of its record does.
    pub fn note_purge(&self, hour: i32, thing: &ThingId) -> RowFuture<()> {
        self.write(vec![Mutation::Put(note(hour, thing), Row::Mark, 0)])
    }

    /// The rows of a partition that are something, in the order of their places.
    fn list<R: Send + 'static>(
        &self,
        table: Table,
        partition: String,
        take: impl Fn((Key, Row)) -> Option<R> + Send + 'static,
    ) -> RowFuture<Vec<R>> {
        let read = self.read(table, Some(partition));
        Box::pin(async move { Ok(read.await?.into_iter().filter_map(take).collect()) })
    }

    /// Writes one after the other, into partitions of their own.
    fn write_each(&self, partitions: Vec<Vec<Mutation>>) -> RowFuture<()> {
        let link = self.clone();
        Box::pin(async move {
            for mutations in partitions {
                link.write(mutations).await?;
            }
            Ok::<(), NoAnswer>(())
        })
    }
}

impl Row {
    fn into_claim(self) -> Option<ClaimRow> {
        self.into_released().map(|(row, _)| row)
    }

    /// A claim, and how far its thing had come if it was released.
    fn into_released(self) -> Option<(ClaimRow, Position)> {
        if let Self::Claim(row, upto) = self { Some((row, upto)) } else { None }
    }

    fn into_header(self) -> Option<HeaderRow> {
        if let Self::Header(row) = self { Some(row) } else { None }
    }

    fn into_event(self) -> Option<EventRow> {
        if let Self::Event(row) = self { Some(row) } else { None }
    }

    fn into_part(self) -> Option<String> {
        if let Self::Part(body) = self { Some(body) } else { None }
    }
}

fn owner(thing: &ThingId, epoch: Epoch) -> Key {
    Key { epoch, ..Key::new(Table::Owner, thing) }
}

fn note(hour: i32, thing: &ThingId) -> Key {
    Key { name: thing.0.clone(), ..Key::new(Table::Purges, &hour) }
}

fn alarm(alarm: &Alarm) -> Key {
    let (name, epoch, item) = (alarm.thing.0.clone(), alarm.epoch, alarm.at.0);
    Key { name, epoch, item, ..Key::new(Table::Alarms, &hour(alarm.at)) }
}
