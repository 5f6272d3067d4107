//! What keeps an address from being written to: each cause for itself.

use cloud::store::{Address, Committed, Write};
use retention::Customer;
use retention::control::{Cause, Suppression, Suppressions};
use retention::ids::CustomerId;
use testkit::{Engine, people};

use crate::at;

fn says(cause: Cause, second: i64) -> Suppression {
    Suppression { cause, at: at(second) }
}

fn all(causes: &[Suppression]) -> Suppressions {
    let mut all = Suppressions::default();
    for cause in causes {
        all.hear(cause);
    }
    all
}

#[tokio::test]
async fn a_cause_takes_nothing_from_another_in_whatever_order_they_come_and_one_is_lifted_alone() {
    let causes = [says(Cause::OptOut, 1), says(Cause::Complaint, 2), says(Cause::HardBounce, 3)];
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let engine = Engine::for_tests().await.expect("an engine");
        let store = engine.store();
        let mut ada = Customer::new(CustomerId::derive("ada", at(0)), at(0));
        ada.email = people::person(1).email;
        let email = ada.email.clone().expect("an address");
        assert_eq!(store.commit(&Write::new(None, &ada)).await.expect("a write"), Committed::Done);
        for cause in order.map(|n| causes[n]) {
            if cause.cause == Cause::OptOut {
                let seen = store.customer(&ada.id).await.expect("a read").expect("ada");
                let out = Write { address: Address::Suppress(&cause), ..Write::new(Some(&seen), &seen.customer) };
                assert_eq!(store.commit(&out).await.expect("a write"), Committed::Done);
            } else {
                assert!(store.suppress(&email, &cause).await.expect("a write"));
                assert!(!store.suppress(&email, &cause).await.expect("a read"), "it stands");
            }
        }
        assert_eq!(store.suppression(&email).await.expect("a read"), Some(all(&causes)), "{order:?}");
        let seen = store.customer(&ada.id).await.expect("a read").expect("ada");
        let lift = Write { address: Address::Lift(&causes[2], at(9)), ..Write::new(Some(&seen), &seen.customer) };
        assert_eq!(store.commit(&lift).await.expect("a write"), Committed::Done);
        assert_eq!(store.suppression(&email).await.expect("a read"), Some(all(&causes[..2])), "{order:?}");
    }
}
