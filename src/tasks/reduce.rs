//! Reductions along the tree.

use super::{Cut, row};
use crate::checkpoint::Rows;
use crate::engine::node::{Node, NodeSet, RunFold, cover};
use crate::engine::span::{Span, SpanSet};
use crate::error::Error;
use crate::exec::task::{Control, Kept, Task, Trials};
use crate::reduce::Reduce;
use crate::source::{Items, Source};
use crate::wire::rope::Rope;
use crate::wire::{digest, value};

/// Folds the items of every grain, and the grains along the tree.
pub struct Reduction<'a, S, I, F, R> {
    /// The grains.
    pub cut: Cut<'a, S>,
    /// How many grains.
    pub grains: u64,
    /// Makes a thread's state.
    pub init: I,
    /// Folds the items of one grain into an accumulator.
    pub f: F,
    /// How accumulators become one.
    pub reducer: &'a R,
    /// Accumulators stay on their rank until the end.
    pub deferred: bool,
    /// What becomes of grains that fail.
    pub trials: Trials,
}

/// A node's accumulator. Without a node: one of a commutative reduction, of grains in no particular order.
pub type Part<A> = (Option<Node>, A);

/// What a rank holds.
pub struct Held<A> {
    nodes: NodeSet<A>,
    loose: Option<A>,
}

/// A thread's state: the user's and, where order does not matter, an accumulator over all its blocks.
pub struct State<St, A> {
    user: St,
    loose: Option<A>,
}

impl<S, I, F, R> Reduction<'_, S, I, F, R> {
    fn is_loose<V>(&self) -> bool
    where
        R: Reduce<V>,
    {
        // A grain that fails leaves its items in there.
        self.deferred && R::EXACT && R::COMMUTATIVE && !self.trials.is_tolerant()
    }
}

/// Binds the value type of a reducer to a task.
pub struct Typed<T, V>(pub T, pub std::marker::PhantomData<fn(V)>);

impl<S, St, V, I, F, R> Task for Typed<Reduction<'_, S, I, F, R>, V>
where
    S: Source,
    R: Reduce<V>,
    I: Fn() -> St + Sync,
    F: Fn(&mut St, Items<'_, S>, &mut R::Acc) -> Result<(), Error> + Sync,
{
    type State = State<St, R::Acc>;
    type Part = Part<R::Acc>;
    type Store = Held<R::Acc>;

    fn state(&self) -> Self::State {
        State {
            user: (self.0.init)(),
            loose: None,
        }
    }

    fn block(
        &self,
        state: &mut Self::State,
        span: Span,
        control: &Control<'_>,
        emit: &mut dyn FnMut(Self::Part),
    ) -> Result<(), Error> {
        let task = &self.0;
        if task.is_loose::<V>() {
            let acc = state.loose.get_or_insert_with(|| task.reducer.identity());
            let user = &mut state.user;
            return task.cut.each_grain(span, control, |_, items| {
                self.into(acc, user, items, control)
            });
        }
        let user = &mut state.user;
        if R::EXACT {
            // Any grouping has the same bits, so fold straight through each node.
            for node in cover(span) {
                let mut acc = task.reducer.identity();
                task.cut
                    .each_grain(node.span(task.grains), control, |_, items| {
                        self.into(&mut acc, user, items, control)
                    })?;
                self.leaf(&acc)?;
                emit((Some(node), acc));
            }
            return Ok(());
        }
        let mut fold = RunFold::default();
        task.cut.each_grain(span, control, |grain, items| {
            let acc = self.apart(user, items, control)?;
            self.leaf(&acc)?;
            fold.push(grain, acc, |l, r| task.reducer.combine(l, r));
            Ok(())
        })?;
        if !control.is_stopped() {
            fold.into_nodes()
                .into_iter()
                .for_each(|(node, acc)| emit((Some(node), acc)));
        }
        Ok(())
    }

    fn again(
        &self,
        state: &mut Self::State,
        grain: u64,
        control: &Control<'_>,
    ) -> Result<[u8; 32], Error> {
        let items = self.0.cut.items_of(grain, control);
        digest::of(&self.apart(&mut state.user, items, control)?)
    }

    fn retire(&self, state: Self::State, emit: &mut dyn FnMut(Self::Part)) {
        if let Some(acc) = state.loose {
            emit((None, acc));
        }
    }

    fn store(&self) -> Self::Store {
        Held {
            nodes: NodeSet::new(self.0.grains),
            loose: None,
        }
    }

    fn put(&self, store: &mut Self::Store, (node, acc): Self::Part) {
        let combine = |l, r| self.0.reducer.combine(l, r);
        match node {
            Some(node) => drop(store.nodes.insert(node, acc, combine)),
            None => {
                store.loose = Some(match store.loose.take() {
                    Some(held) => combine(held, acc),
                    None => acc,
                });
            }
        }
    }

    fn take(&self, store: &mut Self::Store) -> Vec<Self::Part> {
        if self.0.deferred {
            Vec::new()
        } else {
            self.take_held(store)
        }
    }

    fn take_held(&self, store: &mut Self::Store) -> Vec<Self::Part> {
        let nodes = store.nodes.drain().map(|(node, acc)| (Some(node), acc));
        nodes
            .chain(store.loose.take().map(|acc| (None, acc)))
            .collect()
    }

    fn encode(&self, parts: Vec<Self::Part>, rope: &mut Rope) -> Result<(), Error> {
        // One after the other, so that each is freed once it is written.
        for (node, acc) in parts {
            value::write(rope, &node.map(|n| (n.level, n.index)))?;
            value::write(rope, &acc)?;
        }
        Ok(())
    }

    /// The tree is the same whoever computes which node, and when.
    fn in_any_order(&self) -> bool {
        true
    }

    fn kept(&self) -> Kept {
        match self.0.deferred {
            true => Kept::Root,
            false => Kept::Nodes,
        }
    }

    fn parts_of(&self, rows: &Rows) -> Result<Vec<Self::Part>, Error> {
        let part = |(level, index, value): (u8, u64, &[u8])| {
            let node = self.inside(Node { level, index })?;
            Ok((Some(node), value::from_slice(value)?))
        };
        rows.iter().map(part).collect()
    }

    fn decode(&self, rope: &mut Rope) -> Result<Self::Part, Error> {
        let node: Option<(u8, u64)> = value::read(rope)?;
        let node = node.map(|(level, index)| self.inside(Node { level, index }));
        Ok((node.transpose()?, value::read(rope)?))
    }
}

impl<S: Source, V, I, F, R: Reduce<V>> Typed<Reduction<'_, S, I, F, R>, V> {
    /// The accumulator of one grain.
    fn apart<St>(
        &self,
        user: &mut St,
        items: Items<'_, S>,
        control: &Control<'_>,
    ) -> Result<R::Acc, Error>
    where
        F: Fn(&mut St, Items<'_, S>, &mut R::Acc) -> Result<(), Error>,
    {
        let mut acc = self.0.reducer.identity();
        (self.0.f)(user, items, &mut acc)?;
        control.computed(acc)
    }

    /// Folds a grain straight into an accumulator, unless its own is of interest.
    fn into<St>(
        &self,
        acc: &mut R::Acc,
        user: &mut St,
        items: Items<'_, S>,
        control: &Control<'_>,
    ) -> Result<(), Error>
    where
        F: Fn(&mut St, Items<'_, S>, &mut R::Acc) -> Result<(), Error>,
    {
        if !control.is_apart() {
            return (self.0.f)(user, items, acc);
        }
        let own = self.apart(user, items, control)?;
        let reducer = self.0.reducer;
        *acc = reducer.combine(std::mem::replace(acc, reducer.identity()), own);
        Ok(())
    }
}

impl<S, V, I, F, R: Reduce<V>> Typed<Reduction<'_, S, I, F, R>, V> {
    /// A large accumulator is checked where it travels, not at every grain.
    fn leaf(&self, acc: &R::Acc) -> Result<(), Error> {
        if self.0.deferred {
            Ok(())
        } else {
            value::check(acc)
        }
    }

    /// That a node is one of this tree.
    fn inside(&self, node: Node) -> Result<Node, Error> {
        let outside = node.level > Node::root(self.0.grains).level
            || (u128::from(node.index) << node.level) >= u128::from(self.0.grains);
        match outside {
            true => Err(Error::Value("a node outside of the tree".into())),
            false => Ok(node),
        }
    }

    /// What a store holds, as rows of a checkpoint, and the grains that these cover.
    pub fn snapshot(&self, store: &Held<R::Acc>) -> Result<(SpanSet, Rows), Error> {
        let (mut done, mut rows) = (SpanSet::new(), Rows::default());
        for (node, acc) in store.nodes.iter() {
            done.insert(node.span(self.0.grains));
            row(&mut rows, node.level, node.index, acc)?;
        }
        if let Some(acc) = &store.loose {
            done.insert(Span::new(0, self.0.grains));
            // Of no node in particular is only what is the whole.
            let root = Node::root(self.0.grains);
            row(&mut rows, root.level, root.index, acc)?;
        }
        Ok((done, rows))
    }

    /// The accumulator of a store that holds everything, which is what goes to all ranks.
    ///
    /// # Errors
    /// When it does not hold everything.
    pub fn root(&self, store: Held<R::Acc>) -> Result<Option<R::Acc>, Error> {
        let combine = |l, r| self.0.reducer.combine(l, r);
        let root = match self.0.trials.skip {
            true => store.nodes.into_view(combine),
            false => store.nodes.into_root().or(store.loose),
        };
        if root.is_none() && self.0.grains > 0 && !self.0.trials.skip {
            return Err(Error::Value("values of some items are missing".into()));
        }
        Ok(root)
    }

    /// The output of what [`Typed::root`] gave.
    pub fn output(&self, root: Option<R::Acc>) -> Result<R::Output, Error> {
        match root {
            Some(acc) => self.0.reducer.finish(acc),
            None => self.0.reducer.empty(),
        }
    }
}
