//! Where the shop is that a command works on: in a data directory on this machine, or deployed in an account.

use std::path::Path;

use chrono::TimeDelta;
use cloud::Store;
use cloud::clients::Aws;
use cloud::store::Tables;
use retention::Time;
use testkit::Engine;

use crate::cli::{Cli, Deployed};
use crate::data_dir::DataDir;
use crate::failure::Failure;
use crate::local::open_store;

/// An opened shop.
pub struct Place {
    /// Its table.
    pub store: Store,
    /// What its clock shows: the studio's may have been moved.
    pub now: Time,
    _engine: Option<Engine>,
}

impl Place {
    /// The shop that the command line names. It must be there.
    pub async fn existing(cli: &Cli) -> Result<Self, Failure> {
        match deployed(cli)? {
            Some(tables) => Self::deployed(&cli.deployed, tables).await,
            None => Self::local(existing_data(&cli.data)?).await,
        }
    }

    /// The shop that the command line names; a local one is made where there is none.
    pub async fn new_or_existing(cli: &Cli) -> Result<Self, Failure> {
        match deployed(cli)? {
            Some(tables) => Self::deployed(&cli.deployed, tables).await,
            None => Self::local(DataDir::create(&cli.data)?).await,
        }
    }

    async fn local(data: DataDir) -> Result<Self, Failure> {
        let (engine, store) = open_store(&data).await?;
        Ok(Self { store, now: now_of(&data), _engine: Some(engine) })
    }

    async fn deployed(deployed: &Deployed, tables: Tables) -> Result<Self, Failure> {
        let aws = Aws::load().await;
        let parameters = aws.parameters_below(&deployed.parameters);
        let store = aws.store_of(tables, &parameters).await.map_err(|e| Failure::new(e.to_string()))?;
        Ok(Self { store, now: cloud::clock::system_now(), _engine: None })
    }
}

fn deployed(cli: &Cli) -> Result<Option<Tables>, Failure> {
    match (&cli.deployed.table, &cli.deployed.kept_table) {
        (Some(main), Some(kept)) => Ok(Some(Tables { main: main.clone(), kept: kept.clone() })),
        (None, None) => Ok(None),
        _ => {
            let what = "a deployed shop has two tables: name both, with --table and --kept-table";
            Err(Failure::new(what.to_owned()))
        }
    }
}

/// A data directory that has a shop in it.
pub fn existing_data(path: &Path) -> Result<DataDir, Failure> {
    if path.join("table.sqlite").exists() {
        return DataDir::create(path);
    }
    Err(Failure::new(format!("there is no shop in {}: start `regulars` or import one first", path.display())))
}

/// What the clock of a local shop shows.
pub fn now_of(data: &DataDir) -> Time {
    let wall = cloud::clock::system_now();
    data.clock().map_or(wall, |saved| saved.now.max(wall + TimeDelta::seconds(saved.ahead_seconds)))
}
